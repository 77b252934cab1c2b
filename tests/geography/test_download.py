"""Official layers from a local server that behaves like the real ones, faults included."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from spatial_gaps.errors import DownloadError, InputError, SpatialGapsWarning
from spatial_gaps.geography import services
from spatial_gaps.geography.boundaries import read_boundaries
from spatial_gaps.geography.download import cache_folder, cache_path, fetch_boundaries, record_of
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.register import areas
from spatial_gaps.geography.services import find_layer, official_layers


def _beside(name: str) -> ModuleType:
    """Load a module of this folder: in this import mode pytest does not put it on the path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    # Dataclasses look their own module up by name.
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fake = _beside("fake_service")
ITL1_2021 = "International_Territorial_Level_1_January_2021_UK_BUC_2022"
ITL1_OLDER = "International_Territorial_Level_1_January_2021_UK_BUC_V2"
WGS84 = "data/boundaries/wgs84"
# What read_boundaries says of these real layers; its own tests are about it.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(reprojected from WGS 84|borders meet|slivers along borders)"
)
REAL = [
    ("lad", 2025, "LAD_MAY_2025_UK_BUC", "lad_2025_uk_buc_wgs84", 0, 361),
    ("itl3", 2021, "International_Territorial_Level_3_January_2021_UK_BUC_V3_2022",
     "itl3_2021_uk_buc_v3_wgs84", 0, 179),
    ("itl3", 2025, "ITL3_JAN_2025_UK_BUC_V2", "itl3_2025_uk_buc_v2_wgs84", 2, 182),
]  # fmt: skip


def squares(side: float = 10_000.0) -> list[dict[str, Any]]:
    """Twelve made-up regions as features in WGS84: a square around each true centroid."""
    known = areas("itl1")
    middles = known[["easting", "northing"]].to_numpy()
    shapes = [shapely.box(x - side, y - side, x + side, y + side) for x, y in middles]
    columns = {
        "FID": range(1, 13),
        "ITL121CD": known.index,
        "ITL121NM": known["name"].to_numpy(),
    }
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=27700).to_crs(4326)
    return json.loads(frame.to_json())["features"]


@pytest.fixture(autouse=True)
def _quick_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep away from the real cache and the real services, and wait for nothing long."""
    monkeypatch.setenv("SPATIAL_GAPS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SPATIAL_GAPS_SERVICE", "http://127.0.0.1:9/closed")
    monkeypatch.setenv("NO_PROXY", "*")
    for name, seconds in {"CONNECT": 2.0, "READ": 0.3, "DEADLINE": 1.0, "PAUSE": 0.01}.items():
        monkeypatch.setattr(services, name, seconds)


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A service with twelve regions, five to a page."""
    with fake.FakeService({ITL1_2021: fake.Layer(squares(), most=5)}) as service:
        monkeypatch.setenv("SPATIAL_GAPS_SERVICE", service.address)
        yield service


def files() -> list[str]:
    folder = cache_folder()
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


class TestWhole:
    @pytest.mark.parametrize(("level", "vintage", "name", "file", "number", "count"), REAL)
    @pytest.mark.filterwarnings("ignore:.*repaired:spatial_gaps.errors.SpatialGapsWarning")
    def test_real_layers_arrive_as_they_are(
        self, shared: Path, monkeypatch: pytest.MonkeyPatch, level: str, vintage: int, name: str,
        file: str, number: int, count: int,
    ) -> None:  # fmt: skip
        path = shared / WGS84 / f"{file}.geojson"
        features = json.loads(path.read_bytes())["features"]
        with fake.FakeService({name: fake.Layer(features, number)}) as service:
            monkeypatch.setenv("SPATIAL_GAPS_SERVICE", service.address)
            fetched = fetch_boundaries(level, vintage)
        assert len(fetched) == count
        assert_geodataframe_equal(fetched, read_boundaries(level, path, vintage))

    def test_layer_number_is_read_from_the_service(self, regions: Any) -> None:
        regions.layers[ITL1_2021].number = 7
        assert len(fetch_boundaries("itl1")) == 12
        assert record_of(find_layer("itl1", 2021, "BUC"))["url"].endswith("/FeatureServer/7")

    @pytest.mark.parametrize("inside", [True, False])
    def test_pages_are_ordered_by_the_object_id_and_counted(
        self, regions: Any, inside: bool
    ) -> None:
        regions.layers[ITL1_2021].flag_inside = inside
        seen: list[tuple[int, int]] = []
        fetch_boundaries("itl1", progress=lambda done, total: seen.append((done, total)))
        assert seen == [(5, 12), (10, 12), (12, 12)]
        pages = [query for kind, query in regions.asked if kind == "page"]
        assert [query["resultOffset"] for query in pages] == ["0", "5", "10"]
        assert {query["orderByFields"] for query in pages} == {"FID"}
        assert {query["resultRecordCount"] for query in pages} == {"5"}
        assert {query["f"] for query in pages} == {"geojson"}

    def test_the_layer_of_an_earlier_year_serves_while_its_codes_are_in_force(
        self, regions: Any
    ) -> None:
        assert fetch_boundaries("ITL 1", 2024, "buc").index.equals(areas("itl1", 2024).index)
        assert files() == ["itl1-2021-buc.geojson", "itl1-2021-buc.json"]

    def test_every_layer_has_the_count_of_the_register(self) -> None:
        counts = table("levels").dropna(subset=["vintage"]).set_index(["key", "vintage"])["count"]
        for layer in official_layers():
            assert layer.count == counts[layer.level, layer.vintage]
            assert layer.services

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            (("lsoa", 2021), "there is no level 'lsoa' in official layers.* lad"),
            (("lad", 2016), "no vintage '2016'.*2019, 2020"),
            (("lad", 2031), "no vintage '2031'"),
            (("lad", 2023, "BFE"), "no resolution 'BFE'.*BUC"),
            (("itl2", 2021), "no resolution 'BUC'.*There are: BGC"),
        ],
    )
    def test_what_does_not_exist_is_said_with_what_does(
        self, regions: Any, asked: tuple[Any, ...], words: str
    ) -> None:
        with pytest.raises(InputError, match=words):
            fetch_boundaries(*asked)
        assert not regions.asked


class TestNames:
    def test_the_next_name_is_taken_and_said(self, regions: Any) -> None:
        regions.layers = {ITL1_OLDER: regions.layers[ITL1_2021]}
        with pytest.warns(SpatialGapsWarning, match=f"{ITL1_OLDER}.*{ITL1_2021} is not there"):
            assert len(fetch_boundaries("itl1")) == 12
        assert len(fetch_boundaries("itl1")) == 12

    def test_december_stands_in_for_may_2024(
        self, shared: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = shared / WGS84 / "lad_2024dec_uk_buc_wgs84.geojson"
        layer = fake.Layer(json.loads(path.read_bytes())["features"])
        december = "Local_Authority_Districts_December_2024_Boundaries_UK_BUC"
        with fake.FakeService({december: layer}) as service:
            monkeypatch.setenv("SPATIAL_GAPS_SERVICE", service.address)
            with pytest.warns(SpatialGapsWarning, match="May_2024_Boundaries_UK_BUC is not there"):
                assert len(fetch_boundaries("lad", 2024)) == 361

    def test_all_names_are_listed_when_none_is_there(self, regions: Any) -> None:
        regions.layers = {}
        with pytest.raises(DownloadError, match=f"{ITL1_2021}, {ITL1_OLDER}"):
            fetch_boundaries("itl1")

    def test_a_service_that_fails_is_not_taken_for_one_that_is_gone(self, regions: Any) -> None:
        regions.layers[ITL1_OLDER] = regions.layers[ITL1_2021]
        regions.faults = [fake.Fault(fake.status(503), "service")]
        with pytest.raises(DownloadError, match="503"):
            fetch_boundaries("itl1")


CUT = json.dumps({"type": "FeatureCollection", "features": squares()}).encode()[:-150]
FAULTS: dict[str, tuple[Any, str, str, int]] = {
    "404": (fake.status(404), "page", "404", 1),
    "429": (fake.status(429, Retry_After="0"), "page", r"429 .*4 tries", 4),
    "429_in_the_body": (fake.body(fake.refusal(429, "Too many requests")), "page", "429: Too", 4),
    "500": (fake.status(500), "page", r"500 .*4 tries", 4),
    "captive_portal": (fake.body(fake.PAGE), "", "web page.*captive portal", 1),
    "html_midway": (fake.body(b"\n" + fake.PAGE), "page", "web page", 1),
    "slow_loris": (fake.trickle, "page", "not complete after 1 s", 1),
    "silence": (fake.silence, "page", "did not answer within 0.3 s", 4),
    "truncated_body": (fake.body(CUT), "page", "cut short", 4),
    "content_length_too_long": (fake.body(CUT, len(CUT) * 2), "page", "broke off|did not", 4),
    "content_length_too_short": (fake.body(CUT, 500), "page", "cut short", 4),
    "empty_body": (fake.body(b""), "page", "cut short", 4),
    "error_with_http_200": (
        fake.body(fake.refusal(400, "Cannot perform query.", "Invalid")), "page",
        "error 400: Cannot perform query., Invalid", 1,
    ),
    "error_without_code": (fake.body({"error": "unknown"}), "page", "unknown", 1),
    "other_json": (fake.body({"status": "ok"}), "count", "no 'count'", 1),
    "json_list": (fake.body(b"[1, 2]"), "service", "no JSON object", 1),
    "count_as_text": (fake.body({"count": "12"}), "count", "no 'count'", 1),
    "no_layers": (fake.body({"layers": []}), "service", "has no layer", 1),
}  # fmt: skip


class TestFaults:
    @pytest.mark.parametrize(("respond", "kind", "words", "tries"), FAULTS.values(), ids=FAULTS)
    def test_g66_a_fault_is_an_error_with_address_cache_and_remedy(
        self, regions: Any, respond: Any, kind: str, words: str, tries: int
    ) -> None:
        regions.faults = [fake.Fault(respond, kind)]
        start = time.perf_counter()
        with pytest.raises(DownloadError, match=words) as caught:
            fetch_boundaries("itl1")
        assert time.perf_counter() - start < 4
        for part in (regions.address, str(cache_path(find_layer("itl1", 2021, "BUC"))),
                     "geoportal.statistics.gov.uk", "read_boundaries", "--boundaries FILE"):  # fmt: skip
            assert part in str(caught.value)
        assert regions.kinds().count(kind or "service") == tries
        assert files() == []

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_g66_offline_and_tls_failure(
        self, regions: Any, monkeypatch: pytest.MonkeyPatch, scheme: str
    ) -> None:
        if scheme == "https":  # to a server that does not speak TLS
            address, words = regions.address.replace("http:", "https:"), "secure connection"
        else:
            address, words = "http://127.0.0.1:9/closed", r"no connection to the service.*4 tries"
        monkeypatch.setenv("SPATIAL_GAPS_SERVICE", address)
        with pytest.raises(DownloadError, match=words) as caught:
            fetch_boundaries("itl1")
        assert address in str(caught.value)
        assert str(cache_folder()) in str(caught.value)
        assert files() == []

    @pytest.mark.parametrize(
        "respond",
        [
            fake.status(429, Retry_After="0"), fake.status(503), fake.body(CUT), fake.silence,
            fake.body(fake.refusal(500, "Error performing query operation")),
        ],
    )  # fmt: skip
    def test_g66_what_passes_is_tried_again(self, regions: Any, respond: Any) -> None:
        regions.faults = [fake.Fault(respond, "page", times=2)]
        assert len(fetch_boundaries("itl1")) == 12
        assert regions.kinds().count("page") == 3 + 2

    def test_g66_the_pause_is_the_one_that_is_asked_for(
        self, regions: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pauses: list[float] = []
        monkeypatch.setattr(services.time, "sleep", pauses.append)
        regions.faults = [
            fake.Fault(fake.status(429, Retry_After="7"), "page", times=1),
            fake.Fault(fake.status(503, Retry_After="soon"), "page", times=1),
            fake.Fault(fake.status(503), "count", times=2),
        ]
        fetch_boundaries("itl1")
        assert [pause for pause in pauses if pause] == [0.01, 0.02, 7, 0.02]

    def test_g66_a_date_to_try_again_is_understood(self) -> None:
        assert services._asked_pause("Wed, 21 Oct 2015 07:28:00 GMT") == 0
        assert services._asked_pause("Sat, 21 Oct 2990 07:28:00 GMT") > 3e10

    def test_g66_an_hour_is_not_waited(self, regions: Any) -> None:
        regions.faults = [fake.Fault(fake.status(429, Retry_After="3600"), "page")]
        with pytest.raises(DownloadError, match=r"429 .*asks to wait 3600 s \(1 try\)"):
            fetch_boundaries("itl1")

    def test_g66_slow_answers_arrive(self, regions: Any) -> None:
        regions.delay = 0.1
        assert len(fetch_boundaries("itl1")) == 12

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda layer: layer.features.pop(), "holds 11 areas, but the register has 12"),
            (lambda layer: setattr(layer, "claims", 2000), "holds 2000 areas, but the register has 12"),
            (lambda layer: (layer.features.pop(), setattr(layer, "claims", 12)),
             "gave 11 areas, but the register has 12"),
            (lambda layer: (layer.features.append(layer.features[0]), setattr(layer, "claims", 12),
                            setattr(layer, "most", 12)), "gave 13 areas, but the register has 12"),
            (lambda layer: setattr(layer, "pages", False), "gave 15 areas, but the register has 12"),
            (lambda layer: setattr(layer, "features", layer.features[:6] * 2),
             "occur more than once: TLC"),
        ],
    )  # fmt: skip
    def test_g67_a_layer_that_is_not_whole_is_refused(
        self, regions: Any, change: Callable[[Any], object], words: str
    ) -> None:
        change(regions.layers[ITL1_2021])
        with pytest.raises(DownloadError, match=words):
            fetch_boundaries("itl1")
        assert files() == []

    def test_g67_lad_with_a_limit_of_100_comes_whole(
        self, shared: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = shared / WGS84 / "lad_2024dec_uk_buc_wgs84.geojson"
        layer = fake.Layer(json.loads(path.read_bytes())["features"], most=50)
        name = find_layer("lad", 2024, "BUC").services[0]
        with fake.FakeService({name: layer}) as service:
            monkeypatch.setenv("SPATIAL_GAPS_SERVICE", service.address)
            assert len(fetch_boundaries("lad", 2024)) == 361
            assert service.kinds().count("page") == 8  # 361 areas, 50 to a page

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda feature: feature["properties"].update(ITL121CD="TLC1"), "TLC1"),
            (lambda feature: feature.update(geometry=None), "what came is not itl1 2021"),
            (lambda feature: feature.update(geometry=shapely.box(9, 40, 10, 41).__geo_interface__),
             "what came is not itl1 2021"),
        ],
    )  # fmt: skip
    def test_another_layer_or_broken_shapes_do_not_reach_the_cache(
        self, regions: Any, change: Callable[[Any], object], words: str
    ) -> None:
        change(regions.layers[ITL1_2021].features[0])
        with pytest.raises(DownloadError, match=words):
            fetch_boundaries("itl1")
        assert files() == []


class TestCache:
    def test_the_second_use_asks_nobody(self, regions: Any) -> None:
        first = fetch_boundaries("itl1")
        asked = len(regions.asked)
        assert_geodataframe_equal(fetch_boundaries("itl1"), first)
        assert len(regions.asked) == asked

    def test_the_second_use_works_offline(
        self, regions: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = fetch_boundaries("itl1")
        monkeypatch.setenv("SPATIAL_GAPS_SERVICE", "http://127.0.0.1:9/closed")
        assert_geodataframe_equal(fetch_boundaries("itl1"), first)

    def test_the_record_says_where_from_and_what(self, regions: Any) -> None:
        fetch_boundaries("itl1")
        layer = find_layer("itl1", 2021, "BUC")
        record = record_of(layer)
        content = cache_path(layer).read_bytes()
        assert record["sha256"] == hashlib.sha256(content).hexdigest()
        assert record["url"] == f"{regions.address}/{ITL1_2021}/FeatureServer/0"
        assert record["count"] == 12
        assert record["licence"] == "Open Government Licence v3.0"
        assert "© Crown copyright and database right 2021" in record["attribution"]
        assert {"retrieved", "level", "vintage", "resolution", "source"} <= set(record)

    def test_g68_a_file_that_was_changed_names_both_hashes(self, regions: Any) -> None:
        fetch_boundaries("itl1")
        layer = find_layer("itl1", 2021, "BUC")
        path, was = cache_path(layer), record_of(layer)["sha256"]
        path.write_bytes(path.read_bytes().replace(b"London", b"Londinium"))
        is_now = hashlib.sha256(path.read_bytes()).hexdigest()
        with pytest.raises(DownloadError, match=rf"{was}, and is {is_now}.*refresh=True"):
            fetch_boundaries("itl1")
        fetch_boundaries("itl1", refresh=True)
        assert len(fetch_boundaries("itl1")) == 12

    def test_g68_a_layer_that_was_revised_names_both_hashes(self, regions: Any) -> None:
        fetch_boundaries("itl1")
        layer = find_layer("itl1", 2021, "BUC")
        before = record_of(layer)["sha256"]
        regions.layers[ITL1_2021].features = squares(side=9_000)
        with pytest.warns(SpatialGapsWarning, match="not the one that was downloaded") as seen:
            fetch_boundaries("itl1", refresh=True)
        after = hashlib.sha256(cache_path(layer).read_bytes()).hexdigest()
        assert before != after
        assert before in str(seen[0].message)
        assert after in str(seen[0].message)

    def test_g68_the_same_layer_again_has_the_same_hash(self, regions: Any) -> None:
        fetch_boundaries("itl1")
        before = record_of(find_layer("itl1", 2021, "BUC"))["sha256"]
        regions.layers[ITL1_2021].features.reverse()
        fetch_boundaries("itl1", refresh=True)
        assert record_of(find_layer("itl1", 2021, "BUC"))["sha256"] == before

    def test_a_failed_refresh_leaves_the_old_copy(self, regions: Any) -> None:
        first = fetch_boundaries("itl1")
        regions.faults = [fake.Fault(fake.body(CUT), "page")]
        with pytest.raises(DownloadError, match="cut short"):
            fetch_boundaries("itl1", refresh=True)
        assert_geodataframe_equal(fetch_boundaries("itl1"), first)
        assert len(files()) == 2

    def test_g66_an_interrupted_download_leaves_nothing(self, regions: Any) -> None:
        def interrupt(done: int, _: int) -> None:
            if done > 5:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fetch_boundaries("itl1", progress=interrupt)
        assert files() == []

    @pytest.mark.parametrize("left", ["record", "half a record", "file"])
    def test_half_of_a_pair_is_no_copy(self, regions: Any, left: str) -> None:
        fetch_boundaries("itl1")
        path = cache_path(find_layer("itl1", 2021, "BUC"))
        if left == "record":
            path.unlink()
        elif left == "file":
            path.with_suffix(".json").unlink()
        else:
            path.with_suffix(".json").write_text('{"url": ')
        before = len(regions.asked)
        assert len(fetch_boundaries("itl1")) == 12
        assert len(regions.asked) > before

    @pytest.mark.skipif(os.name == "nt", reason="the reason is worded otherwise there")
    def test_a_cache_that_cannot_be_made_is_said_before_anything_is_asked(
        self, regions: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "cache").write_text("a file")
        with pytest.raises(DownloadError, match=r"Not a directory.*SPATIAL_GAPS_CACHE"):
            fetch_boundaries("itl1")
        assert not regions.asked

    def test_two_processes_at_once_do_not_clash(self, regions: Any) -> None:
        regions.delay = 0.05
        code = (
            "from spatial_gaps.geography.download import fetch_boundaries;"
            "print(len(fetch_boundaries('itl1')))"
        )
        running = [
            subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True)
            for _ in range(2)
        ]
        for process in running:
            out, error = process.communicate(timeout=60)
            assert (out, error) == ("12\n", "")
        assert regions.kinds().count("page") == 6
        assert files() == ["itl1-2021-buc.geojson", "itl1-2021-buc.json"]

    def test_the_usual_place_is_the_cache_of_the_system(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import platformdirs

        monkeypatch.delenv("SPATIAL_GAPS_CACHE")
        usual = Path(platformdirs.user_cache_dir("spatial-gaps"))
        assert cache_folder() == usual / "boundaries-v1"
