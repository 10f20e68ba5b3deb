"""Words the synthetic village is made of. Names are put together by chance."""

import random

GRIDS = tuple(f"{number}网格" for number in (*"一二三四五六七八九十", "十一", "十二"))
ROADS_ACROSS = ("北环路", "青禾路", "晒谷路", "南环路")
ROADS_ALONG = ("西环路", "桃园路", "祠堂路", "水塔路", "东环路")
NEEDS = (
    *("高血压、需配药", "糖尿病、需胰岛素", "孕妇", "残疾人", "行动不便"),
    *("婴儿需奶粉", "需透析", "不吃猪肉", "听力不好，请敲门"),
)
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰春梅建国志辉海燕红波雪晨宇浩然欣怡"


def person(rng: random.Random) -> str:
    given = "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2))))
    return rng.choice(_SURNAMES) + given
