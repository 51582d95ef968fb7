"""Uploaded files: judged by their content, never by their name; pictures lose their metadata."""

import hashlib
import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

import puremagic
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from common.models import UploadLimits

IMAGES = {
    "JPEG": ("jpg", "image/jpeg"),
    "PNG": ("png", "image/png"),
    "WEBP": ("webp", "image/webp"),
}
_OFFICE = "application/vnd.openxmlformats-officedocument"
# What makes a zip file a document or a workbook: the part that its program opens first.
OFFICE = {
    "word/document.xml": ("docx", f"{_OFFICE}.wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", f"{_OFFICE}.spreadsheetml.sheet"),
}
NAME_LENGTH = 120


@dataclass(frozen=True)
class CheckedFile:
    """A file whose content was found good, as it will be stored."""

    name: str
    content: bytes
    content_type: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def examine(upload) -> CheckedFile:
    """Check an uploaded file by its content; `ValidationError` with a clear line when it is bad.

    Images are written anew without metadata (place, camera, owner).
    """
    limit = UploadLimits.in_force().megabytes
    if upload.size > limit * 1024**2:
        raise ValidationError(
            _("“%(name)s” is larger than %(limit)s MB.") % {"name": upload.name, "limit": limit}
        )
    content = upload.read()
    if not content:
        raise ValidationError(_("“%(name)s” is empty.") % {"name": upload.name})
    extension, content_type, content = _by_content(content, upload.name)
    return CheckedFile(_clean_name(upload.name, extension), content, content_type)


def check_count(present: int, added: int, most: int | None = None) -> None:
    """`ValidationError` when an object with `present` files cannot take `added` more: at most
    `most`, or as many as the limits in force say."""
    limit = most or UploadLimits.in_force().files
    if present + added > limit:
        if not present:
            raise ValidationError(_("At most %(count)s files.") % {"count": limit})
        raise ValidationError(
            _("At most %(limit)s files; %(present)s are there already.")
            % {"limit": limit, "present": present}
        )


def _by_content(content: bytes, name: str) -> tuple[str, str, bytes]:
    refusal = ValidationError(
        _("“%(name)s” is none of: JPG, PNG, WebP, PDF, Word (docx), Excel (xlsx).") % {"name": name}
    )
    try:
        guesses = {match.extension for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError) as error:
        raise refusal from error
    if guesses & {".jpg", ".jpeg", ".png", ".webp"}:
        return _image(content, name)
    if ".pdf" in guesses and content.startswith(b"%PDF-"):
        return "pdf", "application/pdf", content
    if guesses & {".docx", ".xlsx", ".zip"}:
        return *_office(content, refusal), content
    raise refusal


def _image(content: bytes, name: str) -> tuple[str, str, bytes]:
    try:
        with warnings.catch_warnings():
            # SECURITY: a small file that unpacks to a gigantic picture.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(IMAGES)) as image:
                extension, content_type = IMAGES[image.format]
                clean, target = ImageOps.exif_transpose(image), io.BytesIO()
                clean.info.clear()
                clean.save(target, image.format, **({} if extension == "png" else {"quality": 90}))
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
        raise ValidationError(_("The picture “%(name)s” is damaged.") % {"name": name}) from error
    return extension, content_type, target.getvalue()


def _office(content: bytes, refusal) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = set(package.namelist())
    except zipfile.BadZipFile as error:
        raise refusal from error
    macros = any(part.lower().endswith("vbaproject.bin") for part in parts)
    for part, kind in OFFICE.items():
        if part in parts and "[Content_Types].xml" in parts and not macros:
            return kind
    raise refusal


def _clean_name(name: str, extension: str) -> str:
    """The original name without path and control characters, ending as its content demands."""
    stem = PurePath(re.sub(r"[\x00-\x1f\x7f/\\]", " ", name)).stem.strip() or "file"
    return f"{stem[: NAME_LENGTH - len(extension) - 1]}.{extension}"
