"""Domains whose mailboxes anybody can have: nobody federates them (SEC-39)."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PUBLIC_MAIL_DOMAINS = _names(
    """
    126.com 139.com 163.com aim.com alice.it aol.com arcor.de bigpond.com bk.ru bluewin.ch
    bol.com.br btinternet.com centrum.cz comcast.net cox.net daum.net docomo.ne.jp fastmail.com
    free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net
    hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com
    icloud.com inbox.lv inbox.ru interia.pl laposte.net libero.it list.ru live.co.uk live.com
    live.fr live.nl mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com o2.pl onet.pl
    orange.fr outlook.com outlook.de outlook.fr pm.me posteo.de proton.me protonmail.com qq.com
    rambler.ru rediffmail.com rocketmail.com sbcglobal.net seznam.cz sfr.fr sina.com sky.com
    t-online.de terra.com.br tiscali.it tuta.com tutanota.com tutanota.de ukr.net uol.com.br
    verizon.net virgilio.it virginmedia.com wanadoo.fr web.de wp.pl yahoo.co.in yahoo.co.jp
    yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru
    yeah.net ymail.com zoho.com
    """
)


def is_public(domain: str) -> bool:
    """Whether a domain, in lower-case A-labels, or one it is within, is a public mail domain."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in PUBLIC_MAIL_DOMAINS for start in range(len(labels)))
