"""What a page is held to, whatever it shows: axe finds nothing, nothing sticks out, nothing is blocked, nothing breaks."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from playwright.async_api import ConsoleMessage, Page, ViewportSize

from deploy.statiques import CONSTRUITS

LARGEURS = (320, 640)
"""A small phone, which is also 1280 px at 400 %; and 1280 px at 200 %."""

_DEBORDE = """() => {
  const root = document.documentElement, width = root.clientWidth
  if (root.scrollWidth <= width) return null
  const out = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > width + 1)
  return `${root.scrollWidth} px: ` + out.slice(-3).map(e => `${e.tagName.toLowerCase()}.${e.className}`
    + ` « ${e.textContent.trim().slice(0, 40)} »`).join(', ')
}"""


def ecouter(page: Page) -> list[str]:
    """What the browser complains of from now on: an error of the script, something the security policy blocked."""
    plaintes: list[str] = []

    def dit(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            plaintes.append(f"console: {message.text}")

    page.on("console", dit)
    page.on("pageerror", lambda error: plaintes.append(f"script: {error}"))
    return plaintes


async def regarder(page: Page) -> list[str]:
    """Every fault of the page as it stands."""
    fautes = await axe(page)
    await page.emulate_media(color_scheme="dark")
    fautes += [f"(sombre) {faute}" for faute in await axe(page, "color-contrast")]
    await page.emulate_media(color_scheme="light")
    avant = page.viewport_size
    for largeur in LARGEURS:
        await page.set_viewport_size(ViewportSize(width=largeur, height=900))
        if deborde := await page.evaluate(_DEBORDE):
            fautes.append(f"{largeur} px wide: {deborde}")
    await page.set_viewport_size(avant or ViewportSize(width=1280, height=900))
    return fautes


async def axe(page: Page, *regles: str) -> list[str]:
    """The violations, each with where it is. axe runs in a world of its own: neither the page nor its policy meets it."""
    cdp = await page.context.new_cdp_session(page)
    arbre = await cdp.send("Page.getFrameTree")
    monde = await cdp.send("Page.createIsolatedWorld", {"frameId": arbre["frameTree"]["frame"]["id"]})
    ici = {"contextId": monde["executionContextId"], "returnByValue": True, "awaitPromise": True}
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if regles:
        options["runOnly"] = list(regles)
    await cdp.send("Runtime.evaluate", {"expression": _source(), **ici, "returnByValue": False})
    dit = await cdp.send("Runtime.evaluate", {"expression": f"axe.run(document, {json.dumps(options)})", **ici})
    await cdp.detach()
    violations = dit["result"]["value"]["violations"]
    return [f"{v['id']}: {v['help']} ({', '.join(str(n['target'][0]) for n in v['nodes'][:3])})" for v in violations]


@cache
def _source() -> str:
    return (CONSTRUITS / "axe.js").read_text() + "\n;0"
