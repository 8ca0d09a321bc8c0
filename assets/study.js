// The player's own script: time in use, the place in a lesson, the arrow keys, the quiz's clock.
(() => {
  const BEAT = 15_000 // milliseconds between two beats
  const IDLE = 60_000 // without a sign of life for so long, nobody is reading
  const CLOCK = 1_000

  let page = null // what is being studied: the element with data-study
  let place = "" // its module and lesson
  let path = "" // its address
  let used = 0 // milliseconds in use since the last beat
  let seen = 0 // when time was counted last
  let alive = 0 // when the last sign of life came
  let down = 0 // how far down the page was scrolled last, in thousandths
  let deadline = 0
  let placing = false // scrolled by us, and by nobody who reads

  const now = () => performance.now()
  const live = () => { alive = now() }
  for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "touchmove"]) {
    addEventListener(sign, live, { passive: true, capture: true })
  }
  addEventListener("scroll", () => { if (!placing) live() }, { passive: true, capture: true })
  addEventListener("timeupdate", live, { capture: true }) // a playing video is being watched

  function count() {
    const at = now()
    const inUse = document.visibilityState === "visible" && at - alive < IDLE
    // A computer that slept leaves a gap in which nobody read.
    if (inUse && at - seen < 5 * CLOCK) used += at - seen
    seen = at
  }

  // Noted while the lesson is there: on the way to another, the page is scrolled to its top.
  addEventListener("scroll", () => {
    if (!page?.isConnected || location.pathname !== path) return
    const all = document.documentElement.scrollHeight - innerHeight
    down = all > 0 ? Math.round(Math.min(1, Math.max(0, scrollY / all)) * 1000) : 0
  }, { passive: true })

  function beat() {
    if (!page) return
    count()
    const [module, lesson] = place.split("/")
    const told = used
    const body = JSON.stringify({ module, lesson, seconds: Math.round(told / 1000), position: down })
    used = 0
    // Whoever lost the seat is told by the page itself. A full site gets the time with the next beat.
    fetch("/study/beat", { method: "POST", body, keepalive: true })
      .then((answer) => { if (answer.status === 503) used += told })
      .catch(() => {})
  }

  function scrollBack(left) {
    placing = true
    scrollTo({ top: (document.documentElement.scrollHeight - innerHeight) * left / 1000 })
    requestAnimationFrame(() => requestAnimationFrame(() => { placing = false }))
  }

  function open(found) {
    // Drawn anew, as after a lost connection: no sign of life, and the place stays.
    const again = found.dataset.study === place
    page = found
    place = found.dataset.study
    path = location.pathname
    used = 0
    seen = now()
    if (!again) {
      live()
      down = Number(found.dataset.position || 0)
    }
    // To where it was left, or to the top: the page before may have been scrolled down.
    const left = down
    if (!location.hash) requestAnimationFrame(() => requestAnimationFrame(() => scrollBack(left)))
    deadline = found.dataset.secondsLeft ? now() + Number(found.dataset.secondsLeft) * 1000 : 0
  }

  function look() {
    const found = document.querySelector("[data-study]")
    if (page && (!found || found.dataset.study !== place)) { beat(); page = null }
    if (found && !page) open(found)
    page = found
  }

  function tick() {
    count()
    const clock = document.querySelector("[data-clock]")
    if (!deadline || !clock) return
    const left = Math.max(0, Math.ceil((deadline - now()) / 1000))
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
    if (left === 0) {
      deadline = 0
      document.querySelector("[data-time-up]")?.click()
    }
  }

  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return
    // Arrows belong to whatever is being typed in, chosen from, played or scrolled sideways.
    if (event.target.closest?.("input,textarea,select,video,audio,pre,table,[contenteditable]")) return
    const direction = { ArrowLeft: "[data-turn=back]", ArrowRight: "[data-turn=on]" }[event.key]
    const link = direction && document.querySelector(direction)
    if (link) { event.preventDefault(); link.click() }
  })
  addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") beat() })
  addEventListener("pagehide", beat)
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributeFilter: ["data-study"] })
  setInterval(tick, CLOCK)
  setInterval(beat, BEAT)
  look()
})()
