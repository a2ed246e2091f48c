"""The page that the link in an e-mail opens: it takes a new password and sends it with the link's token.

The same for everybody and for every token, in English and Swahili; it fetches nothing from elsewhere.
"""

import base64
import hashlib
from typing import Final


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


_STYLE: Final = """
body { font: 18px/1.5 system-ui, sans-serif; margin: 0; background: #f0f0f2; color: #1a1d3a }
header { background: #1a1d3a; color: #fff; padding: 1.5rem; border-bottom: 8px solid #f7b32b }
header div { color: #f7b32b; font-size: .8rem; font-weight: 700; letter-spacing: .08em }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .3rem 0 0 }
main { max-width: 26rem; margin: 1.5rem auto; padding: 0 1rem }
label { display: block; font-weight: 600 }
small { display: block; font-weight: 400; color: #50546b }
input, button { font: inherit; width: 100%; box-sizing: border-box; margin: .5rem 0 1rem; padding: .75rem }
input { border: 1px solid #767a92; border-radius: 8px }
button { background: #1a1d3a; color: #fff; border: 0; border-radius: 8px; font-weight: 700 }
[role=alert] { color: #a3201d } [role=status] { color: #0b6e4f; font-weight: 600 }
"""

_SCRIPT: Final = """
const form = document.querySelector("form"), wrong = document.querySelector("[role=alert]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [one, other] = form.querySelectorAll("input"), button = form.querySelector("button");
  wrong.textContent = "";
  if (one.value !== other.value) {
    wrong.textContent = "The two passwords differ. · Manenosiri hayafanani.";
    return;
  }
  button.disabled = true;
  try {
    const answer = await fetch(location.pathname, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ password: one.value }),
    });
    const said = await answer.json();
    if (answer.ok) {
      form.hidden = true;
      document.querySelector("[role=status]").textContent = said.message + " · Nenosiri lako limebadilishwa.";
    } else {
      wrong.textContent = said.fields ? Object.values(said.fields).join(" ") : said.message;
    }
  } catch {
    wrong.textContent = "There is no network; try again. · Hakuna mtandao; jaribu tena.";
  }
  button.disabled = false;
});
"""

HTML: Final = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A new password · Tiketi Tamasha</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<header><div>TIKETI TAMASHA</div>
<h1>Choose a new password<br><span lang="sw">Chagua nenosiri jipya</span></h1></header>
<main>
<form>
<label>New password <small lang="sw">Nenosiri jipya</small>
<input type="password" autocomplete="new-password" minlength="8" required></label>
<label>The same again <small lang="sw">Rudia nenosiri</small>
<input type="password" autocomplete="new-password" minlength="8" required></label>
<p role="alert"></p>
<button>Save · <span lang="sw">Hifadhi</span></button>
</form>
<p role="status"></p>
<noscript>This page needs JavaScript. · <span lang="sw">Ukurasa huu unahitaji JavaScript.</span></noscript>
</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""

#: Only this style and script, and only this address is asked; the token in it is told to nobody else.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; img-src data:; "
    f"connect-src 'self'; style-src 'sha256-{_digest(_STYLE)}'; script-src 'sha256-{_digest(_SCRIPT)}'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
