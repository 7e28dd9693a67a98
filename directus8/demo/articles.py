"""What is written in the demo, and by whom."""

from __future__ import annotations

from typing import Any

Article = dict[str, Any]

EDITOR, STAFF = "editor@example.com", "staff@example.com"


def _article(
    status: str, title: str, body: str, tags: str, tracks: tuple[int, ...], translations: dict[str, str], **more: Any
) -> Article:
    return {
        "status": status,
        "title": title,
        "body": f"<p>{body}</p>",
        "tags": tags.split(),
        "tracks": [{"track": {"id": id}} for id in tracks],
        "translations": [{"language": language, "title": text} for language, text in translations.items()],
        **more,
    }


#: E-mail of the author: the articles.
ARTICLES: dict[str, tuple[Article, ...]] = {
    EDITOR: (
        _article(
            "published", "The girl who walks by",
            "Every beach bar knows it, few know all of it: listen to the second verse of Garota De Ipanema again.",
            "bossa-nova brazil", (64, 68),
            {"de": "Das Mädchen, das vorübergeht", "pt": "A moça que vem e que passa"},
            sort=1, featured=True, published_on="2021-03-01", image="A record at the beach",
        ),
        _article(
            "published", "Five songs to wake the neighbours",
            "Ordered by how soon the neighbours ring. Do not blame us.",
            "rock metal loud", (1, 1212, 1388, 2260, 1636), {"fr": "Cinq chansons pour réveiller les voisins"},
            sort=2, published_on="2021-04-12", image="A loud record",
        ),
        _article(
            "published", "Where to start with Miles Davis",
            "There is no right place, but there are two good ones: an album of 1957 and one of 1967.",
            "jazz guide", (600, 612, 1904), {"de": "Womit man bei Miles Davis anfängt"},
            sort=3, published_on="2021-05-20", image="A blue record",
        ),
        _article(
            "review", "Live or studio?",
            "The same song four times, and the crowd is the best instrument of one of them.",
            "rock live", (340, 1580), {}, sort=4,
        ),
        _article("deleted", "Ten ringtones of the year", "No longer our business.", "phones", (), {}, sort=6),
    ),
    STAFF: (
        _article(
            "draft", "What customers ask for", "Notes from the counter, to be put in order.", "shop", (2261,), {},
            sort=5,
        ),
    ),
}  # fmt: skip
