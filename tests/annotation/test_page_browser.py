"""The page in headless Chromium; skipped if it or selenium is not installed."""

import asyncio
import contextlib
import json
import os
import shutil
from urllib.parse import urlsplit

import pytest
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier

from skactive import RandomSampling
from skactive.annotation import HTML, Campaign
from tests.annotation.page import digits_campaign

webdriver = pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

pytest.importorskip("uvicorn")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
NEEDED = os.environ.get("SKACTIVE_BROWSER") == "1"  # the stage of .ci/run sets it
if not (CHROMIUM and DRIVER):
    if NEEDED:
        raise FileNotFoundError("chromium and chromedriver are not on the PATH")
    pytest.skip("chromium and chromedriver are not installed", allow_module_level=True)

pytestmark = pytest.mark.slow
_, DIGITS = load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def driver():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for name in ("headless=new", "window-size=1280,860", "disable-dev-shm-usage"):
        options.add_argument(f"--{name}")
    if os.name == "posix" and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium has none for root
    options.set_capability(
        "goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"}
    )
    # the path is given: else selenium would look for a driver on the network
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield made
    made.quit()


class Page:
    """The actions of a person in a browser window."""

    def __init__(self, driver, url):
        self.driver, self.url = driver, url

    def open(self, name="ann"):
        self.driver.get(self.url)
        self.find("#name-dialog[open]")
        self.find("#name").send_keys(name, Keys.ENTER)
        return self.ready()

    def ready(self):
        self.find("#content > *")
        self.until(lambda: self.script("return document.activeElement.id") == "task")
        return self

    def find(self, selector):
        return WebDriverWait(self.driver, 10).until(
            lambda driver: driver.find_element(By.CSS_SELECTOR, selector)
        )

    def text(self, selector):
        return self.find(selector).text

    def until(self, condition):
        WebDriverWait(self.driver, 10, 0.02).until(lambda _: condition())

    def script(self, code):
        return self.driver.execute_script(code)

    def press(self, *keys):
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    @property
    def shown(self):
        """The id of the row that is shown."""
        alt = self.script("return document.querySelector('#content img')?.alt")
        return None if alt is None else int(alt.removeprefix("Image "))

    def answer(self, key):
        before = self.shown
        self.press(key)
        self.until(lambda: self.shown not in (None, before))

    def history(self):
        code = "return [...document.querySelectorAll('#history button')].map("
        return self.script(code + "b => [...b.children].map(c => c.textContent))")


@contextlib.contextmanager
def served(campaign, **params):
    async def serve():
        return campaign.serve(open_browser=False, **params)

    handle = asyncio.run(serve())
    try:
        yield handle.url
    finally:
        handle.close()


@pytest.fixture
def campaign(tmp_path):
    with digits_campaign(tmp_path / "c.sqlite") as made:
        yield made


@pytest.fixture
def page(driver, campaign):
    driver.get_log("performance"), driver.get_log("browser")  # of tests before
    with served(campaign, guidelines="Read\n<b>this</b>", title="Digits") as url:
        yield Page(driver, url)
        driver.get("about:blank")


def hosts(driver):
    """Hosts and ports of all requests of the browser since the last call."""
    found = set()
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = urlsplit(message["params"]["request"]["url"])
            if url.scheme not in ("data", "about", "chrome"):
                found.add(f"{url.scheme}://{url.netloc}")
    return found


def test_thirty_digits_by_keyboard(page, campaign, driver):
    page.open()
    for _ in range(30):
        page.answer(str(DIGITS[page.shown]))
    page.until(lambda: len(campaign.history()) == 30)
    labels = campaign.labels()
    assert labels["label"].tolist() == DIGITS[labels["row"]].tolist()
    assert set(labels["annotator"]) == {"ann"}
    assert all(0 < act["seconds"] < 60 for act in campaign.history())
    page.until(lambda: page.text("#done") == "30 of 1,797 rows labelled")
    assert "token" not in driver.current_url
    assert hosts(driver) == {page.url.partition("/?")[0]}
    assert driver.get_log("browser") == []  # no errors, and none of the policy


def test_undo_skip_edit(page, campaign):
    page.open()
    first = page.shown
    page.answer("3")
    page.press(Keys.BACKSPACE)
    page.until(lambda: page.shown == first)
    assert "it was “3”" in page.text("#editing")
    assert campaign.labels().empty
    page.answer("4")
    unsure = page.shown
    page.answer("?")
    later = page.shown
    page.answer(Keys.SPACE)
    unusable = page.shown
    page.answer("-")
    page.until(lambda: len(page.history()) == 4)
    expected = [(unusable, "unusable"), (later, "later"), (unsure, "unsure")]
    expected = [[f"Change {id}", said] for id, said in [*expected, (first, "4")]]
    assert page.history() == expected
    shown = page.shown
    page.find("#history li:last-child button").click()
    page.until(lambda: page.shown == first)
    assert "it is “4”" in page.text("#editing")
    page.press(Keys.ESCAPE)
    assert page.shown == shown
    page.find("#history li:last-child button").click()
    page.until(lambda: page.shown == first)
    page.answer("5")
    assert page.shown == shown
    page.until(lambda: campaign.labels()["label"].tolist() == [5])
    assert campaign.history()[0]["label"] == 4  # it is not forgotten


def test_note(page, campaign):
    page.open()
    page.press(".")
    page.press("7 or 1?", Keys.ENTER)
    page.answer("7")
    page.until(lambda: [act["note"] for act in campaign.history()] == ["7 or 1?"])
    assert page.find("#note").get_property("value") == ""


def test_new_class(page, campaign):
    page.open()
    page.press("+")
    page.press("12", Keys.ENTER)
    page.find("#classes button[data-name='12']")
    page.ready()
    page.answer("a")
    page.until(lambda: campaign.classes_[-1] == 12)


def test_reload_in_the_middle(page, campaign, driver):
    page.open()
    page.answer("1")
    page.answer("2")
    page.until(lambda: len(campaign.history()) == 2)
    shown = page.shown
    driver.refresh()
    page.ready()
    assert page.shown == shown
    assert page.text("#annotator-name") == "ann"
    assert len(page.history()) == 2


def test_two_annotators_in_two_windows(page, campaign, driver):
    first = driver.current_window_handle
    page.open("ann")
    driver.switch_to.new_window("window")
    try:
        other = Page(driver, page.url).open("bo")
        theirs = {other.shown}
        other.answer("1")
        theirs.add(other.shown)
        assert other.text("#annotator-name") == "bo"
        driver.switch_to.window(first)
        assert page.text("#annotator-name") == "ann"
        assert page.shown not in theirs
        page.answer("2")
        assert page.shown not in theirs
        page.until(lambda: len(campaign.history()) == 2)
    finally:
        for window in set(driver.window_handles) - {first}:
            driver.switch_to.window(window)
            driver.close()
        driver.switch_to.window(first)
    people = {act["annotator"]: act["label"] for act in campaign.history()}
    assert people == {"ann": 2, "bo": 1}


def test_phone(page, campaign, driver):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        page.open()
        assert page.script("return document.documentElement.scrollWidth") == 390
        for button in driver.find_elements(By.CSS_SELECTOR, "main button"):
            if button.is_displayed():
                assert button.size["height"] >= 44
                assert 0 <= button.location["x"] <= 390 - button.size["width"]
        shown = page.shown
        page.find("#classes button[data-name='8']").click()
        page.until(lambda: page.shown != shown)
        page.until(lambda: campaign.labels()["label"].tolist() == [8])
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_answers_outlast_a_lost_connection(page, campaign, driver):
    page.open()
    page.until(lambda: page.script("return document.readyState") == "complete")
    condition = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.enable", {})
    offline = condition | {"offline": True}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    page.press("1", "2")
    page.until(lambda: "cannot be reached" in page.text("#trouble"))
    assert campaign.labels().empty
    online = condition | {"offline": False}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", online)
    page.until(lambda: campaign.labels()["label"].tolist() == [1, 2])
    page.until(lambda: not page.find("#trouble").is_displayed())
    driver.get_log("browser")  # the requests that failed


def test_light_and_dark(page, driver):
    page.open()
    back = "return getComputedStyle(document.body).backgroundColor"
    colours = {"light": page.script(back)}
    for scheme in ("dark", "light"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        colours.setdefault(scheme, page.script(back))
        assert page.script(back) == colours[scheme]
    assert colours["light"] != colours["dark"]
    page.find("#theme").click()
    assert page.script(back) == colours["dark"]
    driver.refresh()
    page.ready()
    assert page.script(back) == colours["dark"]  # the choice is kept
    page.script("localStorage.clear()")


def test_names_roles_focus_and_live_region(page, driver):
    page.open()
    for control in driver.find_elements(
        By.CSS_SELECTOR, "button, input, a, img, progress"
    ):
        if control.is_displayed():
            assert control.accessible_name, control.get_attribute("outerHTML")
    assert page.find("#live").get_attribute("aria-live") == "polite"
    spoken = page.find("#live").get_property("textContent")
    page.answer("1")
    assert page.find("#live").get_property("textContent") != spoken
    # space presses the button that has the focus, and is no answer then
    shown = page.shown
    page.script("document.getElementById('open-keys').focus()")
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    page.press(Keys.TAB)
    assert page.script(outline) == "solid"
    page.script("document.getElementById('open-keys').focus()")
    page.press(Keys.SPACE)
    page.find("#keys-dialog[open]")
    page.press("5")  # a dialogue is open: no answer
    page.find("#keys-on").click()
    page.press(Keys.ESCAPE)
    page.script("document.getElementById('task').focus()")
    page.press("5")  # keys are switched off
    assert page.shown == shown
    page.script("localStorage.clear()")


def test_guidelines_are_text(page):
    page.open()
    page.find("#open-guidelines").click()
    assert page.text("#guidelines") == "Read\n<b>this</b>"


NASTY = (
    "<script>document.title = 'x'</script><img src=/x onerror=\"document.title='x'\">"
)


def show(row):
    return row if row.startswith("text") else HTML(row)


def test_texts_stay_texts_and_html_runs_no_scripts(driver, tmp_path):
    rows = [f"text {NASTY}", f"<h1 style='color: red'>marked</h1>{NASTY}"]
    strategy = RandomSampling(DummyClassifier())
    params = {"classes": ["no", "yes"], "show": show, "random_state": 0}
    with Campaign(tmp_path / "c.sqlite", strategy, rows, **params) as campaign:
        with served(campaign, title="Nasty") as url:
            page = Page(driver, url).open()
            seen = {}
            for key in "12":
                frames = driver.find_elements(By.CSS_SELECTOR, "#content iframe")
                if frames:
                    driver.switch_to.frame(frames[0])
                    seen["html"] = driver.find_element(By.TAG_NAME, "h1").text
                    driver.switch_to.default_content()
                else:
                    seen["text"] = page.text("#content")
                page.press(key)
            page.until(lambda: "no tasks for you" in page.text("#content"))
            assert seen == {"text": rows[0], "html": "marked"}
            assert driver.title == "Nasty · label"
            driver.get("about:blank")
        assert sorted(campaign.labels()["label"]) == ["no", "yes"]
