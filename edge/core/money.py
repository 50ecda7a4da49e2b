"""Money: integers in the currency's minor unit (cents) beside its ISO 4217 code. No floats, no words, no locale."""

from __future__ import annotations

OTHERS = {0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 3: "BHD IQD JOD KWD LYD OMR TND", 4: "CLF UYW"}
"""The currencies whose minor unit is not a hundredth: ISO 4217, list one, column "minor unit"."""
DIGITS = {code: digits for digits, codes in OTHERS.items() for code in codes.split()}


def is_currency(code: str) -> bool:
    """Three capital letters, the shape of ISO 4217. Whether such a currency is in use is not asked: the list changes, this need not."""
    return len(code) == 3 and all("A" <= letter <= "Z" for letter in code)


def minor_digits(currency: str) -> int:
    """Digits after the point: 2 unless ISO 4217 says otherwise (JPY 0, KWD 3)."""
    return DIGITS.get(currency, 2)


def shown(amount: int, currency: str) -> str:
    """An amount as plain text with its code behind it: "12.50 EUR", "-0.05 CHF", "1200 JPY", "0.005 KWD"."""
    digits = minor_digits(currency)
    major, minor = divmod(abs(amount), 10**digits)
    sign = "-" if amount < 0 else ""
    point = f".{minor:0{digits}}" if digits else ""
    return f"{sign}{major}{point} {currency}"


def half_up(amount: int, by: int) -> int:
    """amount / by to the nearest whole number, a half goes up. More in never gives less out, which is what tariffs rest on."""
    return (2 * amount + by) // (2 * by)
