// Another page without a load: the focus moves to its content, so that a screen reader reads on
// there and Tab goes on from there. Menus close on Escape and on a click elsewhere.
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
}
