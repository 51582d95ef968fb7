"""Invented station work, drawn from a seeded generator: plausible, not real.

Each station has a hidden quality from 0 to 1; its self-inspection, check, daily scores and ballots
all lean on it, so that the figures hang together as they would in life.
"""

import random
from datetime import date, timedelta
from decimal import Decimal

HALF = Decimal("0.5")

PROMISES = {
    1: "公开服务承诺，事项、时限、责任人上墙上网，逾期未办主动说明原因。",
    2: "执法检查不少于两人并出示证件，处罚前告知权利，处罚后督促整改到位。",
    3: "首问负责、一次性告知，办事不推诿、不拖延。",
    4: "服务场所整洁有序，设置等候座椅、意见箱和监督公示栏。",
    5: "不吃拿卡要，不接受宴请，工作时间不饮酒。",
    6: "政策法规、办事流程、办结时限公开，变更后二十个工作日内更新。",
    7: "群众反映问题有登记、有答复、有回访。",
}
REMARKS = {
    "1": "承诺公示栏内容未及时更新",
    "2": "个别执法案卷文书填写不规范",
    "3": "办件一次性告知记录不完整",
    "4": "等候区座椅不足，宣传栏陈旧",
    "5": "责任分解未落实到每个岗位",
    "6": "办事流程图未在网站同步公开",
    "7": "群众反映问题回访记录缺失",
}
TASK_TEXT = "按考评标准限期整改，上报整改措施、责任人和整改前后对照材料。"


def quality(rng: random.Random) -> float:
    """A station's hidden quality: most are good, a few are not."""
    return min(1.0, max(0.0, rng.gauss(0.78, 0.11)))


def loss(rng: random.Random, points: Decimal, level: float) -> Decimal:
    """Points lost on a criterion, in steps of 0.5."""
    if rng.random() < level:
        return Decimal(0)
    steps = rng.randint(1, max(1, min(4, int(points / HALF))))
    return min(points, HALF * steps)


def daily_score(rng: random.Random, level: float) -> Decimal:
    """A daily score, two decimals."""
    return Decimal(round(min(100.0, max(40.0, rng.gauss(72 + 24 * level, 4))) * 4)) / 4


def answers(rng: random.Random, level: float) -> str:
    """A ballot: ten scored questions (1 satisfied … 4 do not know) and the lead question."""
    mood = rng.gauss(level, 0.12)
    good, fair = mood * 0.92, 0.55 + mood * 0.35
    sheet = []
    for _ in range(10):
        draw = rng.random()
        if draw < 0.04:
            sheet.append("4")
        elif rng.random() < good:
            sheet.append("1")
        else:
            sheet.append("2" if rng.random() < fair else "3")
    if rng.random() < 0.015:
        sheet[rng.randrange(10)] = "0"
    sheet.append("1" if rng.random() < 0.01 * (1 - level) else "2")
    return "".join(sheet)


def ballot_counts(rng: random.Random) -> dict[str, int]:
    """How many people of each group answer at a station: 67 on average."""
    return {
        "service": rng.randint(26, 44),
        "supervisor": rng.randint(8, 16),
        "society": rng.randint(14, 26),
    }


def some_day(rng: random.Random, first: date, last: date) -> date:
    """A day from `first` to `last`."""
    return first + timedelta(days=rng.randint(0, (last - first).days))
