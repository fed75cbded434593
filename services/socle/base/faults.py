"""What an error of the database means: that it cannot answer just now, or that it will never take what it was given.

The first is waited for; the second would be waited for in vain, and costs only the command or the stream it is about.
Everything that is not surely about the content counts as the first: a disk that is full, a table that a migration has not
made yet or a lock held too long must never park a healthy stream.
"""

from __future__ import annotations

import asyncpg

_CONTENT = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.CardinalityViolationError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.PLPGSQLError,
)


def refused(error: BaseException) -> bool:
    """Whether `error` is about the content it was raised for; False: trying the same again may succeed."""
    if isinstance(error, asyncpg.PostgresError):
        return isinstance(error, _CONTENT)
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)  # asyncpg's own DataError: an argument it cannot encode
    return not isinstance(error, (OSError, TimeoutError, asyncpg.InternalClientError))
