"""How the start page looks: the colours of the tickets, light and dark."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f3b; --paper: #fff; --ground: #f1f1f4; --grey: #5d6278;
  --line: #dcdde4; --link: #1d4fa8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e9eaf2; --paper: #1e2133; --ground: #12141f;
  --grey: #a3a8bd; --line: #353a52; --link: #8fb4ff } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
header { background: #1b1f3b; color: #fff; padding: 1.4rem max(1rem, calc(50% - 29rem)) 1.2rem;
  border-bottom: 6px solid; border-image: repeating-linear-gradient(90deg,
  #e4572e 0 4rem, #f5b82e 4rem 8rem, #17936b 8rem 12rem) 6 }
header div { color: #f5b82e; font-size: .75rem; font-weight: bold; letter-spacing: .07em }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .3rem 0 0; overflow-wrap: anywhere }
main { max-width: 60rem; margin: 0 auto; padding: 1rem }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.2rem;
  margin: 0 0 1rem }
h2 { font-size: 1rem; margin: 0 0 .6rem }
p { margin: .5rem 0 0 }
main > p { margin: 0 0 .6rem }
a { color: var(--link) }
ul, ol { list-style: none; margin: 0; padding: 0 }
.places { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem }
.places a, .mails a { font-weight: 600 }
.places span, small { display: block; color: var(--grey); font-size: .85rem }
.mails li { border-top: 1px solid var(--line); padding: .6rem 0; overflow-wrap: anywhere }
.mails li:first-child { border-top: 0 }
.mails li:last-child { padding-bottom: 0 }
.mails small span, .files span { margin-left: .6rem; color: var(--grey) }
#live li { display: grid; grid-template-columns: 1fr 4.5rem 8rem; gap: .8rem; align-items: center;
  border-top: 1px solid var(--line); padding: .3rem 0 }
#live li:first-child { border-top: 0 }
#live b { text-align: right; font-variant-numeric: tabular-nums; border-radius: 4px; padding: 0 .4rem }
#live meter { width: 100%; height: .8rem }
td { padding: .15rem 1.2rem .15rem 0 }
iframe { width: 100%; height: 46rem; border: 1px solid var(--line); border-radius: 6px; background: #fff }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-size: .85rem }
"""
