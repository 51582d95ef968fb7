"""The faces of the documents: which file draws what.

One file per face; sliced web fonts (unicode-range) come out with wrong characters in WeasyPrint.

The defaults are free stand-ins (OFL-1.1) from the locked npm packages. An office that holds
licences drops its own files (ttf, otf, ttc) into `settings.REPORT_FONT_DIR`, where they win. A file
is known by how its name begins, in any case:

| face         | begins with                                   | stand-in                    |
|--------------|-----------------------------------------------|-----------------------------|
| Song         | song, simsun, 宋体                            | Noto Serif SC 400           |
| Fang         | fang, simfang, 仿宋                           | Noto Serif SC 400           |
| Kai          | kai, simkai, 楷体                             | Noto Serif SC 500           |
| XiaoBiaoSong | xiaobiaosong, fzxbs, 小标宋, 方正小标宋       | Noto Serif SC 900           |
| Hei          | hei, simhei, 黑体                             | Noto Sans SC 400, 500, 700  |

A dropped Hei draws all three weights.
"""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

SUFFIXES = (".ttf", ".otf", ".ttc")


@dataclass(frozen=True)
class Face:
    """`family` and `weight` as the style sheet names them; `names`: how a dropped file begins;
    `package`: the stand-in below node_modules/@expo-google-fonts."""

    family: str
    weight: int
    names: tuple[str, ...]
    package: str

    @property
    def path(self) -> Path:
        """The file that draws the face: the office's, else the stand-in (it may be missing)."""
        dropped = Path(settings.REPORT_FONT_DIR)
        if dropped.is_dir():
            for path in sorted(dropped.iterdir()):
                if path.suffix.lower() in SUFFIXES and path.stem.lower().startswith(self.names):
                    return path.resolve()
        return Path(settings.NODE_MODULES, "@expo-google-fonts", self.package).resolve()

    def __str__(self):
        return f"{self.family} {self.weight}"


_SONG = ("song", "simsun", "宋体")
_FANG = ("fang", "simfang", "仿宋")
_KAI = ("kai", "simkai", "楷体")
_XIAOBIAOSONG = ("xiaobiaosong", "fzxbs", "小标宋", "方正小标宋")
_HEI = ("hei", "simhei", "黑体")

FACES = (
    Face("Song", 400, _SONG, "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf"),
    Face("Fang", 400, _FANG, "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf"),
    Face("Kai", 400, _KAI, "noto-serif-sc/500Medium/NotoSerifSC_500Medium.ttf"),
    Face("XiaoBiaoSong", 400, _XIAOBIAOSONG, "noto-serif-sc/900Black/NotoSerifSC_900Black.ttf"),
    Face("Hei", 400, _HEI, "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"),
    Face("Hei", 500, _HEI, "noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf"),
    Face("Hei", 700, _HEI, "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf"),
)


def missing_fonts() -> list[str]:
    """The faces for which there is no file; a document is not made while there are any."""
    return [str(face) for face in FACES if not face.path.is_file()]


def font_face_rules() -> str:
    """The @font-face rules of all faces, as CSS."""
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; '
        f'src: url("{face.path.as_uri()}"); }}'
        for face in FACES
    )
