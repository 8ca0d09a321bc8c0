// Scans a QR code with the camera where the browser can read one by itself; elsewhere the button
// stays hidden. What is read leads to a page of this site or nowhere else.
const EVERY = 200 // milliseconds between looks

if ("BarcodeDetector" in window && navigator.mediaDevices) {
  BarcodeDetector.getSupportedFormats().then((formats) => {
    if (formats.includes("qr_code")) document.documentElement.dataset.canScan = "yes"
  })
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-scan]")) scan()
})

async function scan() {
  const { dialog, video, says } = openDialog()
  let stream
  const stop = () => stream && stream.getTracks().forEach((track) => track.stop())
  dialog.addEventListener("close", () => (stop(), dialog.remove()))
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } })
    if (!dialog.open) return stop()
    video.srcObject = stream
    video.play().catch(() => {}) // closed before it began
    watch(dialog, video, says, new BarcodeDetector({ formats: ["qr_code"] }))
  } catch {
    says.textContent = "The camera cannot be used. Type the key instead."
  }
}

async function watch(dialog, video, says, detector) {
  while (dialog.open) {
    const [code] = await detector.detect(video).catch(() => [])
    const path = code && pathOf(code.rawValue.trim())
    if (path) {
      dialog.close()
      location.assign(path)
      return
    }
    if (code) says.textContent = "This code holds no enrollment key."
    await new Promise((go) => setTimeout(go, EVERY))
  }
}

// A card's code is an address with the key in it; a bare key is read as well.
function pathOf(text) {
  if (/^[\w-]{16,24}$/.test(text)) return "/redeem?key=" + encodeURIComponent(text)
  const address = URL.canParse(text) && new URL(text)
  const key = address && address.searchParams.get("key")
  if (key) return "/redeem?key=" + encodeURIComponent(key.slice(0, 64))
  if (address && /^\/join\/[\w-]+$/.test(address.pathname)) return address.pathname
  return ""
}

function openDialog() {
  const dialog = document.createElement("dialog")
  dialog.className = "scanner"
  dialog.setAttribute("aria-label", "Scan a QR code")
  const video = document.createElement("video")
  video.muted = video.playsInline = true
  const says = document.createElement("p")
  says.setAttribute("role", "status")
  says.textContent = "Hold the code in front of the camera."
  const close = document.createElement("button")
  close.className = "btn"
  close.textContent = "Close"
  close.addEventListener("click", () => dialog.close())
  dialog.append(video, says, close)
  document.body.append(dialog)
  dialog.showModal()
  return { dialog, video, says }
}
