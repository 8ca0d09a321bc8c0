// Another page without a load: the focus moves to its content, so that a screen reader reads on
// there and Tab goes on from there. Links to a place on the page move it as well. Menus close on
// Escape and on a click elsewhere, and questions on Escape.
{
  let path = location.pathname
  let left = null

  const look = new MutationObserver(() => {
    const main = document.getElementById("main")
    if (!main || main === left) return
    look.disconnect()
    main.focus({ preventScroll: true })
  })

  const moved = () => {
    if (location.pathname === path) return
    path = location.pathname
    left = document.getElementById("main")
    look.observe(document.body, { childList: true, subtree: true })
  }

  const push = history.pushState
  history.pushState = function (...entry) {
    push.apply(this, entry)
    moved()
  }
  addEventListener("popstate", moved)

  // To a place on the same page: the focus goes along, as it does without a page router.
  const bare = (path) => path.replace(/\/$/, "")
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href*='#']")
    if (!link || bare(link.pathname) !== bare(location.pathname)) return
    const place = document.getElementById(decodeURIComponent(link.hash.slice(1)))
    if (!place) return
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1
    place.focus()
  })

  const close = (menus, kept) => {
    for (const menu of menus) if (menu !== kept) menu.open = false
  }
  const open = () => document.querySelectorAll("details.menu[open]")
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open().length) return
    const within = document.activeElement?.closest("details.menu")
    close(open())
    within?.querySelector("summary").focus()
  })
  addEventListener("click", (event) => close(open(), event.target.closest?.("details.menu")))

  // What asks before it does: Escape leaves all as it is. Once it has gone the focus is back at
  // the button that asked, or at the content where that has gone too.
  let asks = null
  let asker = null
  addEventListener("focusin", (event) => {
    const panel = event.target.closest("[data-asks]")
    if (!panel || panel === asks) return
    asks = panel
    asker = event.relatedTarget
  })
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return
    document.activeElement?.closest("[data-asks]")?.querySelector("[data-back]")?.click()
  })
  new MutationObserver(() => {
    if (!asks || asks.isConnected) return
    asks = null
    if (document.activeElement !== document.body) return
    const place = asker?.isConnected ? asker : document.getElementById("main")
    place?.focus({ preventScroll: true })
  }).observe(document.documentElement, { childList: true, subtree: true })
}
