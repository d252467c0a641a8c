"""Hostile files, made anew from dice: bombs, strange names, broken, wrong and mutated ones, and two sound ones."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

Upload = tuple[str, bytes]
Files = dict[str, bytes]


def picture(dice: random.Random, *, form: str = "PNG", size: int = 12) -> bytes:
    """A small picture of noise."""
    noise = np.frombuffer(dice.randbytes(size * size * 3), np.uint8).reshape(size, size, 3)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, form)
    return content.getvalue()


def sound(dice: random.Random, count: int = 48) -> Files:
    """What a good zip holds: pictures in two folders."""
    forms = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
    return {
        f"set/{'cats' if i % 2 else 'dogs'}/{i}.{forms[i % 5].lower()}": picture(dice, form=forms[i % 5])
        for i in range(count)
    }


def packed(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files, whatever their names are."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, method)
    return content.getvalue()


def array(values: np.ndarray) -> bytes:
    """The bytes of a file of numpy's."""
    content = io.BytesIO()
    np.save(content, values)
    return content.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG that claims a size, grey, with whatever parts."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def flat(side: int) -> bytes:
    """A black PNG, large in pixels and small in bytes."""
    return png(side, side, chunk(b"IDAT", zlib.compress(bytes((side + 1) * side), 9)))


def strange_name(dice: random.Random) -> Upload:
    name = dice.choice(["../../etc/x.png", "/etc/x.png", "C:\\x.png", "a\\..\\..\\x.png", "c:x.png", "..\\x.png"])
    return "names.zip", packed(sound(dice) | {name: picture(dice)})


def link(dice: random.Random) -> Upload:
    content = io.BytesIO(packed(sound(dice)))
    with zipfile.ZipFile(content, "a") as archive:
        entry = zipfile.ZipInfo("set/cats/link.png")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, dice.choice(["/etc/passwd", "../../../root/.ssh/id"]))
    return "link.zip", content.getvalue()


def zip_bomb(dice: random.Random) -> Upload:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.png", "b.png"):
            with archive.open(name, "w") as member:
                for _ in range(dice.choice([4, 30])):
                    member.write(bytes(2**24))
    return "bomb.zip", content.getvalue()


def liar(dice: random.Random) -> Upload:
    """A zip whose list of files tells wrong sizes."""
    content = bytearray(packed(sound(dice)))
    at = content.find(b"PK\1\2")
    while at >= 0:
        struct.pack_into("<II", content, at + 20, *(dice.randrange(2 ** dice.choice([4, 20, 32])) for _ in range(2)))
        at = content.find(b"PK\1\2", at + 4)
    return "liar.zip", bytes(content)


def pixel_bomb(dice: random.Random) -> Upload:
    bombs = [
        png(60_000, 60_000, chunk(b"IDAT", zlib.compress(bytes(2**20)))),
        png(2**31 - 1, 2**31 - 1),
        b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x80\0\0" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\2",
        png(9, 9, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**27)))),
    ]
    several = packed({f"{i}.png": dice.choice(bombs) for i in range(40)})
    return dice.choice([("bomb.png", dice.choice(bombs)), ("bombs.zip", several)])


def many_pixels(dice: random.Random) -> Upload:
    one = flat(dice.choice([1500, 3400]))
    return "large.zip", packed({f"{i}.png": one for i in range(dice.choice([40, 400]))}, zipfile.ZIP_STORED)


def many_files(dice: random.Random) -> Upload:
    one, count = picture(dice, size=2), dice.choice([19_000, 20_500, 60_000])
    return "many.zip", packed({f"{i}.png": one for i in range(count)}, zipfile.ZIP_STORED)


def encrypted(dice: random.Random) -> Upload:
    content = bytearray(packed(sound(dice)))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + place] |= 1
            at = content.find(mark, at + 4)
    return "secret.zip", bytes(content)


def uncommon(dice: random.Random) -> Upload:
    return "uncommon.zip", packed(sound(dice), dice.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))


def nested(dice: random.Random) -> Upload:
    content = packed(sound(dice))
    for _ in range(dice.randrange(1, 9)):
        content = packed({"more.zip": content})
    return "nested.zip", content


def cut(dice: random.Random) -> Upload:
    name, content = dice.choice([good_zip, good_array])(dice)
    return name, content[: dice.randrange(len(content))]


def mutated(dice: random.Random) -> Upload:
    name, content = dice.choice([good_zip, good_array])(dice)
    changed = bytearray(content)
    for _ in range(dice.choice([1, 10, 100, 1000])):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return name, bytes(changed)


def mutated_pictures(dice: random.Random) -> Upload:
    """A sound zip of pictures that are broken themselves."""
    files = sound(dice)
    for name in dice.sample(sorted(files), dice.randrange(1, len(files))):
        content = bytearray(files[name])
        for _ in range(dice.choice([1, 5, 50])):
            content[dice.randrange(len(content))] = dice.randrange(256)
        files[name] = bytes(content[: dice.choice([len(content), dice.randrange(len(content))])])
    return "broken.zip", packed(files)


def wrong_file(dice: random.Random) -> Upload:
    ending = dice.choice(
        ["png", "jpg", "webp", "gif", "bmp", "pdf", "svg", "exe", "html", "zip", "npz", "npy", "heic", "wrong"]
    )
    contents = [b"", b"<svg onload=alert(1)></svg>", b"%PDF-1.7", dice.randbytes(5000), b"\x93NUMPY", b"PK\5\6"]
    return f"wrong.{ending}", dice.choice(contents)


def few(dice: random.Random) -> Upload:
    count = dice.choice([0, 1, 2, 20])
    return ("one.png", picture(dice)) if count == 1 else ("few.zip", packed(sound(dice, count)))


# The type, the shape and the value of each.
ODD_ARRAYS = [
    *((object, (40, 8, 8), value) for value in (None, {"a": 1})),
    *((type(value), (40, 8, 8), value) for value in ("x", 1j, float("nan"), float("inf"), -1, 1e9)),
    ("M8[s]", (40, 8, 8), 0),
    ([("a", "u1"), ("b", object)], (40, 8, 8), 0),
    *(("u1", shape, 0) for shape in ((40,), (40, 784), (2, 3, 4, 5, 6), (0, 8, 8), (40, 8, 8, 5), (40, 100_000, 1))),
]


def wrong_array(dice: random.Random) -> Upload:
    kind, shape, value = dice.choice(ODD_ARRAYS)
    content = array(np.full(shape, value, kind))
    return dice.choice([("wrong.npy", content), ("wrong.npz", packed({"x.npy": content}))])


def lying_array(dice: random.Random) -> Upload:
    """An array file whose head claims what is not there."""
    shapes = ["(10**9,)", "(1000000000, 28, 28)", "(40, 8, 8)", "(-1, 8, 8)", "(40, " + "8," * 5000 + ")", "()"]
    shape = dice.choice(shapes)
    kind = dice.choice(["'|u1'", "'|O'", "'<f8'", "__import__('os')", "'" + "x" * 60_000 + "'"])
    head = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}\n".encode("latin1")[:65_535]
    return "lying.npy", b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + bytes(dice.choice([0, 100, 40 * 64]))


def odd_labels(dice: random.Random) -> Upload:
    tables = [b"\xff\xfe\0", b"file,label\n", b"a" * 2**20, b'"' * 5000, b"1.png,x\n" * 9999, b"\0,\0\n", b"=cmd()|x,y"]
    folders = {f"set/{i} <script>*{i}*/{i}.png": picture(dice) for i in range(dice.choice([40, 300]))}
    labelled = packed(sound(dice) | {"labels.csv": dice.choice(tables)})
    return dice.choice([("labels.zip", labelled), ("wide.zip", packed(folders))])


def good_zip(dice: random.Random) -> Upload:
    return "good.zip", packed(sound(dice))


def good_array(dice: random.Random) -> Upload:
    return "good.npy", array(np.frombuffer(dice.randbytes(40 * 64), np.uint8).reshape(40, 8, 8))


KINDS: tuple[Callable[[random.Random], Upload], ...] = (
    strange_name, link, zip_bomb, liar, pixel_bomb, many_pixels, many_files, encrypted, uncommon, nested, cut, mutated,
    mutated_pictures, wrong_file, few, wrong_array, lying_array, odd_labels, good_zip, good_array,
)  # fmt: skip
