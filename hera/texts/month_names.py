"""Names of months and weekdays in the five languages.

Those of the Gregorian calendar are CLDR's (Dari is its `fa_AF`), which a test compares; the others are those in use in
Afghanistan (Hamal to Hut), and of the Islamic year.
"""

from __future__ import annotations


def _names(text: str) -> list[str]:
    return text.split(", ")


MONTHS = {
    "en": _names("January, February, March, April, May, June, July, August, September, October, November, December"),
    "tr": _names("Ocak, Şubat, Mart, Nisan, Mayıs, Haziran, Temmuz, Ağustos, Eylül, Ekim, Kasım, Aralık"),
    "ar": _names("يناير, فبراير, مارس, أبريل, مايو, يونيو, يوليو, أغسطس, سبتمبر, أكتوبر, نوفمبر, ديسمبر"),
    "ps": _names("جنوري, فبروري, مارچ, اپریل, مۍ, جون, جولای, اګست, سېپتمبر, اکتوبر, نومبر, دسمبر"),
    "prs": _names("جنوری, فبروری, مارچ, اپریل, می, جون, جولای, اگست, سپتمبر, اکتوبر, نومبر, دسمبر"),
}
# Arabic, Pashto and Dari write months and weekdays out.
SHORT_MONTHS = MONTHS | {
    "en": _names("Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sep, Oct, Nov, Dec"),
    "tr": _names("Oca, Şub, Mar, Nis, May, Haz, Tem, Ağu, Eyl, Eki, Kas, Ara"),
}
WEEKDAYS = {  # from Monday
    "en": _names("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    "tr": _names("Pazartesi, Salı, Çarşamba, Perşembe, Cuma, Cumartesi, Pazar"),
    "ar": _names("الاثنين, الثلاثاء, الأربعاء, الخميس, الجمعة, السبت, الأحد"),
    "ps": _names("دونۍ, درېنۍ, څلرنۍ, پينځنۍ, جمعه, اونۍ, يونۍ"),
    "prs": _names("دوشنبه, سه\u200cشنبه, چهارشنبه, پنجشنبه, جمعه, شنبه, یکشنبه"),
}
SHORT_WEEKDAYS = WEEKDAYS | {
    "en": _names("Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
    "tr": _names("Pzt, Sal, Çar, Per, Cum, Cmt, Paz"),
}
SOLAR_MONTHS = {
    "en": _names("Hamal, Sawr, Jawza, Saratan, Asad, Sunbula, Mizan, Aqrab, Qaws, Jadi, Dalw, Hut"),
    "tr": _names("Hamel, Sevr, Cevza, Seretan, Esed, Sünbüle, Mizan, Akrep, Kavs, Cedi, Delv, Hut"),
    "ar": _names("الحمل, الثور, الجوزاء, السرطان, الأسد, السنبلة, الميزان, العقرب, القوس, الجدي, الدلو, الحوت"),
    "ps": _names("وری, غویی, غبرګولی, چنګاښ, زمری, وږی, تله, لړم, لیندۍ, مرغومی, سلواغه, کب"),
    "prs": _names("حمل, ثور, جوزا, سرطان, اسد, سنبله, میزان, عقرب, قوس, جدی, دلو, حوت"),
}
ISLAMIC_MONTHS = {
    "en": _names(
        "Muharram, Safar, Rabi al-Awwal, Rabi al-Thani, Jumada al-Ula, Jumada al-Thani, "
        "Rajab, Shaban, Ramadan, Shawwal, Dhu al-Qadah, Dhu al-Hijjah"
    ),
    "tr": _names(
        "Muharrem, Safer, Rebiülevvel, Rebiülahir, Cemaziyelevvel, Cemaziyelahir, Recep, "
        "Şaban, Ramazan, Şevval, Zilkade, Zilhicce"
    ),
    "ar": _names(
        "محرم, صفر, ربيع الأول, ربيع الآخر, جمادى الأولى, جمادى الآخرة, رجب, شعبان, رمضان, شوال, ذو القعدة, ذو الحجة"
    ),
    "ps": _names(
        "محرم, صفر, ربیع الاول, ربیع الثاني, جمادی الاول, جمادی الثاني, رجب, شعبان, رمضان, شوال, ذي القعده, ذي الحجه"
    ),
    "prs": _names("محرم, صفر, ربیع‌الاول, ربیع‌الثانی, جمادی‌الاول, جمادی‌الثانی, رجب, شعبان, رمضان, شوال, ذیقعده, ذیحجه"),
}
# The digits of dates of these two calendars. Gregorian ones keep 0-9, as all texts that we send write numbers.
DIGITS = {"ps": "۰۱۲۳۴۵۶۷۸۹", "prs": "۰۱۲۳۴۵۶۷۸۹"}
