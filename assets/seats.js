// The seat map says who holds a seat: under the pointer, under a finger, and by the arrow keys.
{
  const shown = (tile) => tile.offsetParent && getComputedStyle(tile).visibility !== "hidden"

  const say = (map, tile) => {
    map.querySelector("[data-here]")?.removeAttribute("data-here")
    tile.setAttribute("data-here", "")
    map.setAttribute("aria-activedescendant", tile.id)
    const words = map.parentElement.querySelector("[data-seat-says]")
    if (words) words.textContent = tile.getAttribute("aria-label")
  }

  const over = (event) => {
    const tile = event.target.closest?.("[data-seats] > .seat")
    if (tile && shown(tile)) say(tile.parentElement, tile)
  }
  addEventListener("pointerover", over)
  addEventListener("click", over)

  const steps = { ArrowLeft: -1, ArrowRight: 1 }
  const next = (tiles, at, key) => {
    if (at < 0 || key === "Home") return tiles[0]
    if (key === "End") return tiles.at(-1)
    if (key in steps) return tiles[at + steps[key]]
    const { left, top } = tiles[at].getBoundingClientRect()
    const near = (tile) => Math.abs(tile.getBoundingClientRect().left - left) < 2
    const down = (tile) => tile.getBoundingClientRect().top > top + 2
    const up = (tile) => tile.getBoundingClientRect().top < top - 2
    return key === "ArrowDown"
      ? tiles.find((tile) => near(tile) && down(tile))
      : tiles.findLast((tile) => near(tile) && up(tile))
  }
  const keys = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"])
  addEventListener("keydown", (event) => {
    const map = event.target.closest?.("[data-seats]")
    if (!map || !keys.has(event.key)) return
    event.preventDefault()
    const tiles = [...map.children].filter(shown)
    const at = tiles.findIndex((tile) => tile.hasAttribute("data-here"))
    const tile = next(tiles, at, event.key)
    if (tile) say(map, tile)
  })
  addEventListener("focusin", (event) => {
    if (!event.target.matches?.("[data-seats]")) return
    const tile = event.target.querySelector("[data-here]") ?? [...event.target.children].find(shown)
    if (tile) say(event.target, tile)
  })
}
