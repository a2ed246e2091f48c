"""What letters say in Swahili, as it is written in Kenya."""

from typing import Final

DAYS: Final = ("Jumatatu", "Jumanne", "Jumatano", "Alhamisi", "Ijumaa", "Jumamosi", "Jumapili")
MONTHS: Final = (
    "Januari",
    "Februari",
    "Machi",
    "Aprili",
    "Mei",
    "Juni",
    "Julai",
    "Agosti",
    "Septemba",
    "Oktoba",
    "Novemba",
    "Desemba",
)

TEXTS: Final = {
    # What many letters have.
    "hello": "Habari {name},",
    "hello.nobody": "Habari,",
    "some_event": "hafla yako",
    "fact.when": "Tarehe",
    "fact.where": "Mahali",
    "fact.tickets": "Tiketi",
    "fact.paid": "Umelipa",
    "fact.cost": "Bei",
    "fact.receipt": "Risiti",
    "fact.order": "Agizo",
    "ticket": "Tiketi {number} kati ya {of}",
    "ticket.open": "Fungua",
    "minutes.one": "dakika moja",
    "minutes.many": "dakika {count}",
    "hours.one": "saa moja",
    "hours.many": "saa {count}",
    "next.retry": "Ili kujaribu tena, fungua agizo lako kwenye Tiketi Tamasha. Hatukushikilii nafasi tena, "
    "kwa hivyo usikawie: tiketi zinaweza kuisha.",
    "next.new": "Nafasi zako zimeachiliwa. Unaweza kuweka agizo jipya kwenye Tiketi Tamasha.",
    "next.closed": "Nafasi zako zimeachiliwa, na tiketi hizi haziuzwi tena.",
    "money_is_safe": "Ikiwa M-Pesa ilichukua pesa hata hivyo, utapata tiketi zako au utarudishiwa pesa zako.",
    "footer.why": "Umepokea ujumbe huu kwa sababu ya akaunti yako ya Tiketi Tamasha. Ujumbe huu umetumwa na "
    "mashine; majibu yake hayasomwi.",
    "footer.pin": "Hatuombi kamwe PIN yako ya M-Pesa wala nenosiri lako kwa ujumbe.",
    # tickets_issued
    "tickets.subject.one": "Tiketi yako ya {event}",
    "tickets.subject.many": "Tiketi zako {count} za {event}",
    "tickets.heading.one": "Tiketi yako iko tayari",
    "tickets.heading.many": "Tiketi zako {count} ziko tayari",
    "tickets.paid": "Asante. Tumepokea malipo yako ya {amount}.",
    "tickets.free": "Agizo lako limekamilika, na hakuna cha kulipa.",
    "tickets.how.one": "Onyesha msimbo ulio kwenye tiketi langoni, kwenye simu yako au kwenye karatasi. "
    "Unamruhusu mtu mmoja kuingia, mara moja tu. Tiketi imeambatishwa pia kama PDF.",
    "tickets.how.many": "Onyesha misimbo langoni, kwenye simu au kwenye karatasi. Kila msimbo unamruhusu mtu "
    "mmoja kuingia, mara moja tu. Tiketi zote zimeambatishwa pia katika PDF moja, kila moja kwenye ukurasa "
    "wake.",
    "tickets.care": "Yeyote aliye na kiungo au msimbo wa tiketi anaweza kuingia nao. Mpe tu mwenye tiketi.",
    "tickets.sms.one": "Tiketi Tamasha: {event}, {when}. Tiketi yako: {url}",
    "tickets.sms.many": "Tiketi Tamasha: {event}, {when}. Tiketi zako {count} ziko kwenye barua pepe yako. "
    "Ya kwanza: {url}",
    "tickets.sms.each": "Tiketi Tamasha: {event}, {when}. Tiketi {number} kati ya {of}: {url}",
    # refund_due
    "refund.subject": "Utarudishiwa {amount} za {event}",
    "refund.heading": "Utarudishiwa {amount}",
    "refund.event_cancelled": "{event} imefutwa, kwa hivyo hakuna tiketi za malipo yako.",
    "refund.again": "Ulikuwa umeshalipia agizo hili, kwa hivyo utarudishiwa malipo haya ya pili.",
    "refund.part": "Baadhi ya tiketi za agizo lako zimebatilishwa. Si halali tena.",
    "refund.tickets_are_good": "Tiketi za agizo hili bado ni halali.",
    "refund.wrong_amount": "Tulipokea {received}, lakini agizo hili ni la {amount}, kwa hivyo halikuweza "
    "kukamilishwa.",
    "refund.no_seats": "Malipo yako yalifika wakati nafasi hazikupatikana tena.",
    "refund.taken_back": "Agizo lako limebatilishwa.",
    "refund.tickets_ended": "Tiketi ulizokuwa umeshapata kwa agizo hili si halali tena.",
    "refund.next": "Huhitaji kufanya chochote. Hifadhi ujumbe huu hadi utakapopata pesa zako.",
    "refund.sms": "Tiketi Tamasha: utarudishiwa {amount} za {event}. Huhitaji kufanya chochote. "
    "Agizo {order}.",
    "refund.cash.sms": "Tiketi Tamasha: utarudishiwa taslimu {amount} ulizolipa taslimu za {event}. "
    "Waulize waandaaji. Agizo {order}.",
    "refunded.subject": "Umerudishiwa {amount} za {event}",
    "refunded.heading": "Umerudishiwa {amount}",
    "refunded.next": "Huhitaji kufanya chochote.",
    "refunded.sms": "Tiketi Tamasha: umerudishiwa {amount} za {event}. Agizo {order}.",
    # payment_failed, payment_expired, payment_cancelled
    "failed.subject": "Malipo yako ya {event} hayakufanikiwa",
    "failed.heading": "Malipo yako hayakufanikiwa",
    "expired.subject": "Muda wa agizo lako la {event} umeisha",
    "expired.heading": "Muda wa agizo lako umeisha",
    "cancelled.subject": "Agizo lako la {event} limeghairiwa",
    "cancelled.heading": "Agizo lako limeghairiwa",
    "cancelled.by_buyer": "Agizo lilighairiwa kabla ya kulipiwa, na nafasi zake zimeachiliwa.",
    "cancelled.event": "{event} imefutwa, pamoja na agizo lako, ambalo halikuwa limelipiwa.",
    "cancelled.pin": "Ikiwa ombi la M-Pesa bado liko kwenye simu yako, usiweke PIN yako.",
    # tickets_revoked
    "revoked.subject": "{event} imefutwa",
    "revoked.heading": "Hafla imefutwa",
    "revoked.why": "Samahani: {event} haitafanyika. Tiketi zako si halali tena.",
    "revoked.order.subject": "Agizo lako la {event} limebatilishwa",
    "revoked.order.heading": "Agizo lako limebatilishwa",
    "revoked.order.why": "Tiketi zako za {event} si halali tena.",
    "revoked.free": "Zilikuwa za bure, kwa hivyo hakuna pesa za kurudisha.",
    # password_reset
    "reset.subject": "Nenosiri jipya la Tiketi Tamasha",
    "reset.heading": "Chagua nenosiri jipya",
    "reset.how": "Kuna mtu aliyeomba nenosiri jipya la akaunti yako. Kiungo hiki kinakuwezesha kulichagua. "
    "Kinatumika mara moja tu, kwa muda wa {duration}.",
    "reset.open": "Chagua nenosiri jipya",
    "reset.ignore": "Ikiwa si wewe uliyeomba, usifanye chochote: nenosiri lako litabaki lilivyo.",
    # account_changed
    "changed.subject": "Akaunti yako ya Tiketi Tamasha imebadilishwa",
    "changed.heading": "Akaunti yako imebadilishwa",
    "changed.password": "Nenosiri la akaunti yako lilibadilishwa: {when}.",
    "changed.email": "Anwani ya barua pepe ya akaunti yako ilibadilishwa: {when}. Si hii tena.",
    "changed.both": "Nenosiri na anwani ya barua pepe ya akaunti yako vilibadilishwa: {when}. "
    "Anwani si hii tena.",
    "changed.yours": "Ikiwa ni wewe, huhitaji kufanya chochote.",
    "changed.not_you.password": "Ikiwa si wewe, omba sasa kiungo cha nenosiri jipya unapoingia. "
    "Nenosiri jipya humwondoa kila mtu mwingine aliyeingia.",
    "changed.not_you.email": "Ikiwa si wewe, tuandikie sasa kutoka anwani hii: "
    "tunaweza kukurudishia akaunti yako.",
}

_LIMIT: Final = (
    "Kikomo cha M-Pesa cha kiasi hakiruhusu malipo haya; jaribu agizo dogo zaidi au simu nyingine."
)
_LATER: Final = "M-Pesa haikuweza kufanya hivi kwa sasa; tafadhali jaribu tena baada ya dakika moja."
_OURS: Final = (
    "M-Pesa imekataa upande wetu wa malipo, si wako; tumeshaarifiwa. Tafadhali jaribu tena baadaye."
)
_BUSY: Final = "Kuna ombi jingine la M-Pesa kwenye simu hii; limalize, kisha ujaribu tena."

REASONS: Final = {
    "1": "Akaunti hii ya M-Pesa haina pesa za kutosha; ongeza pesa, au lipa kwa simu nyingine.",
    "2": "Kiasi hiki ni kidogo kuliko kiwango cha chini cha M-Pesa.",
    "3": _LIMIT,
    "4": "Akaunti hii ya M-Pesa imefikia kikomo chake cha leo; jaribu simu nyingine.",
    "8": _LIMIT,
    "17": "M-Pesa hupokea kiasi kilekile kutoka kwa simu ileile mara moja tu kila dakika 2; tafadhali "
    "subiri, kisha ujaribu tena.",
    "26": _LATER,
    "1001": _BUSY,
    "1019": "Muda wa ombi kwenye simu uliisha kabla ya kujibiwa; tafadhali jaribu tena.",
    "1025": "Ombi halikuweza kuonyeshwa kwenye simu; tafadhali jaribu tena baada ya dakika moja.",
    "1032": "Malipo yalighairiwa kwenye simu; jaribu tena wakati wowote.",
    "1037": "Simu haikupatikana; hakikisha kwamba imewashwa na ina mtandao, kisha ujaribu tena.",
    "2001": "PIN ya M-Pesa haikuwa sahihi; tafadhali jaribu tena.",
    "2028": _OURS,
    "8006": _OURS,
    "9999": _LATER,
    "SFC_IC0003": _OURS,
    "not_sent": "Ombi la malipo halikuweza kutumwa kwenye simu; tafadhali jaribu tena.",
    "phone_busy": _BUSY,
    "no_response": "Hatukupata jibu la M-Pesa kwa wakati, kwa hivyo nafasi ziliachiliwa; ikiwa pesa "
    "zilichukuliwa, utapata tiketi zako au utarudishiwa pesa zako.",
}
