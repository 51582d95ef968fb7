"""Receipt codes: the same for the same form, unlike for any other, safe to copy by hand."""

from surveys import receipts
from surveys.receipts import ALPHABET

KEY = "abcdefghijklmnopqrstuv"


def test_a_code_has_sixteen_typable_characters_in_fours():
    code = receipts.receipt_code(1, KEY)
    assert len(code) == 16
    assert set(code) <= set(ALPHABET)
    assert receipts.grouped("0123456789ABCDEF") == "0123-4567-89AB-CDEF"


def test_the_same_form_gives_the_same_code_and_any_other_another():
    code = receipts.receipt_code(1, KEY)
    assert receipts.receipt_code(1, KEY) == code
    assert receipts.receipt_code(2, KEY) != code
    assert receipts.receipt_code(1, KEY[:-1] + "w") != code
    assert receipts.key_digest(1, KEY) != receipts.key_digest(2, KEY)
    assert len({receipts.receipt_code(1, receipts.new_key()) for _ in range(500)}) == 500


def test_a_typed_code_is_forgiven_spaces_dashes_case_and_lookalikes():
    code = receipts.receipt_code(1, KEY)
    typed = receipts.grouped(code).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert receipts.cleaned(f"  {typed} ") == code


def test_every_single_mistake_and_every_swap_is_noticed():
    code = receipts.receipt_code(1, KEY)
    for place in range(16):
        for letter in set(ALPHABET) - {code[place]}:
            assert receipts.cleaned(code[:place] + letter + code[place + 1 :]) is None
        for other in range(place + 1, 16):
            swapped = list(code)
            swapped[place], swapped[other] = swapped[other], swapped[place]
            if code[place] != code[other]:
                assert receipts.cleaned("".join(swapped)) is None


def test_codes_depend_on_the_secret_and_former_secrets_still_answer(settings):
    code, digest = receipts.receipt_code(1, KEY), receipts.code_digest("X")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert receipts.receipt_code(1, KEY) != code
    assert receipts.receipt_code(1, KEY, at=1) == code
    assert receipts.code_digests("X")[1] == digest
    assert receipts.code_digest("X") != digest


def test_a_key_is_known_by_its_form():
    assert receipts.is_key(receipts.new_key()) is True
    for wrong in ("", "short", KEY + "w", KEY[:-1] + " ", KEY[:-1] + "\n"):
        assert receipts.is_key(wrong) is False
