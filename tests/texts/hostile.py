"""Texts that try to hold up whoever renders them: S4 of the findings and its kin."""

from __future__ import annotations

_LONG = "{% assign a = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 8
_SLOW_FILTERS = " | strip_html | escape_once | squish | url_encode | url_decode"
SLOW = (
    "{% capture c %}{% for i in (1..900) %}xxxxxxxxxx xxxxxxxxx{% endfor %}{% endcapture %}"
    "{% for i in (1..1000) %}{% assign d = c" + _SLOW_FILTERS + " %}{% endfor %}"
)
HOSTILE = {
    "a range of a million million": "{% for i in (1..1000000000000) limit:1 offset:999999999999 %}x{% endfor %}",
    "a range whose end is computed": (
        "{% assign n = '999999999999' | plus: 0 %}{% for i in (1..n) limit:1 offset:n %}x{% endfor %}"
    ),
    "joining a range": "{% assign n = 300000000 %}{% assign r = (1..n) %}{{ r | join }}",
    "nested loops at the limit": (
        "{% for i in (1..31) %}{% for j in (1..31) %}{% assign s = 'd,c,b,a' | split: ',' | sort | join: '-' %}"
        "{% endfor %}{% endfor %}" * 5 + SLOW
    ),
    "a chain of replace": _LONG
    + "{% for i in (1..1000) %}{% assign b = a"
    + " | replace: 'x', 'y' | replace: 'y', 'x'" * 14
    + " %}{% endfor %}",
    "deep nesting": "{% if true %}" * 35 + "{{ a" + "[a" * 50 + "]" * 50 + " }}" + "{% endif %}" * 35,
    "hidden by a case": "{% case person_name %}{% when 'Amal' %}kind{% else %}" + SLOW + "{% endcase %}",
    "hidden by unless": "{% unless person_name == 'Amal' %}" + SLOW + "{% endunless %}",
    "filters that search": SLOW,
    "memory by assign and capture": _LONG
    + "".join(
        f"{{% capture m{n} %}}{{{{ a }}}}{{{{ a }}}}{{% endcapture %}}{{% assign s{n} = m{n} | split: '' %}}"
        for n in range(7)
    ),
    "a number that grows": "{% assign a = 9999999999 %}" + "{% assign a = a | times: a %}" * 30 + "{{ a }}",
}
