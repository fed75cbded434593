"""States that no link leads to: a form sent back with its errors."""

from __future__ import annotations

from playwright.async_api import Page

_VIDER = """() => {
  for (const form of document.querySelectorAll('main form[method=post]')) {
    if (form.getAttribute('action')?.includes('/deconnexion')) continue
    const asks = [...form.elements].some(e => e.matches('textarea, [type=text], [type=tel], [type=email], [type=radio]')
      || (e.matches('select') && e.querySelector('option[value=""]')))
    if (!asks) continue
    for (const e of form.elements) {
      if (e.matches('[type=radio], [type=checkbox]')) e.checked = false
      else if (e.matches('select')) e.value = ''
      else if (e.matches('textarea, input:not([type=hidden])')) e.value = e.id.match(/^(le|debut|fin|date)/) ? '32/13' : ''
    }
    form.dataset.fautif = ''
    return true
  }
  return false
}"""


async def fauter(page: Page) -> bool:
    """Send the page's form with nothing in it. False where it has none, or where nothing was missing."""
    if not await page.evaluate(_VIDER):
        return False
    async with page.expect_navigation():
        await page.evaluate("document.querySelector('[data-fautif]').requestSubmit()")
    return await page.locator(".govuk-error-summary").count() > 0
