// The server writes dates as this browser's time zone has them; it learns the zone from a cookie.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
const secure = location.protocol === "https:" ? "; secure" : ""
if (zone) document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax${secure}`
