"""Texts that try to add lines to the header of a mail (EML-13)."""

from __future__ import annotations

import random


def injections() -> list[str]:
    """500 strings that try to add a header, a recipient, or a body."""
    seeds = [
        "x\r\nBcc: mallory@evil.example",
        "x\nBcc: mallory@evil.example",
        "x\rBcc: mallory@evil.example",
        "x%0d%0aBcc: mallory@evil.example",
        "x\r\n\r\n<h1>body</h1>",
        "x\x00Bcc: mallory@evil.example",
        "x\x0bBcc: mallory@evil.example",
        "x\x85Bcc: mallory@evil.example",
        "x\u2028Bcc: mallory@evil.example",
        "x\u2029Bcc: mallory@evil.example",
        "=?utf-8?q?x=0d=0aBcc:_mallory=40evil.example?=",
        'x" <mallory@evil.example>, "y',
        "x>, <mallory@evil.example",
        "x, mallory@evil.example",
        "x; mallory@evil.example",
        "(comment) x",
        "x:mallory@evil.example;",
        "x\r\n Content-Type: text/html",
        "\r\nSubject: other",
        "x\u202emoc.live",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")
        + "\r\nTo: y@evil.example",
    ]
    pieces = ["\r\n", "\n", "\r", "\x00", "\t", "\x0c", "\u2028", ":", ",", "<", ">", '"', "\\"]
    words = ["Bcc: m@evil.example", "To:", "Subject: x", "x", "ü", "=?utf-8?b?Cg==?=", "a" * 90]
    generator = random.Random(20211101)
    while len(seeds) < 500:
        parts = (generator.choice(pieces + words) for _ in range(generator.randint(2, 6)))
        seeds.append("".join(parts))
    return seeds
