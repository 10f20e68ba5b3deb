"""An emoji for goods without a photo: decoration, guessed from the words of the title.

Only emoji of Unicode 12 (2019) or older: an old phone shows a newer one as an empty box.
"""

from functools import lru_cache

_BY_WORD = {
    # vegetables
    **dict.fromkeys(("菜", "白菜", "青菜", "上海青", "菠菜", "油菜", "卷心菜"), "🥬"),
    **dict.fromkeys(("花菜", "西兰花"), "🥦"),
    **dict.fromkeys(("生菜", "色拉", "沙拉"), "🥗"),
    **dict.fromkeys(("番茄", "西红柿"), "🍅"),
    **dict.fromkeys(("土豆", "马铃薯"), "🥔"),
    **dict.fromkeys(("红薯", "番薯", "山药", "芋"), "🍠"),
    **dict.fromkeys(("萝卜", "胡萝卜"), "🥕"),
    **dict.fromkeys(("黄瓜", "冬瓜", "丝瓜"), "🥒"),
    **dict.fromkeys(("椒", "辣", "豆瓣酱", "辣椒酱"), "🌶️"),
    **dict.fromkeys(("葱", "洋葱"), "🧅"),
    **dict.fromkeys(("姜", "蒜"), "🧄"),
    **dict.fromkeys(("菇", "木耳", "菌"), "🍄"),
    **dict.fromkeys(("豆角", "四季豆", "毛豆", "豌豆", "豆芽"), "🌱"),
    **dict.fromkeys(("南瓜",), "🎃"),
    **dict.fromkeys(("茄子",), "🍆"),
    **dict.fromkeys(("玉米",), "🌽"),
    **dict.fromkeys(("豆腐", "豆干", "百叶"), "🧈"),
    # fruit
    **dict.fromkeys(("苹果",), "🍎"),
    **dict.fromkeys(("香蕉",), "🍌"),
    **dict.fromkeys(("橙", "橘", "柑", "柚"), "🍊"),
    **dict.fromkeys(("柠檬",), "🍋"),
    **dict.fromkeys(("梨",), "🍐"),
    **dict.fromkeys(("桃",), "🍑"),
    **dict.fromkeys(("葡萄",), "🍇"),
    **dict.fromkeys(("草莓",), "🍓"),
    **dict.fromkeys(("西瓜",), "🍉"),
    **dict.fromkeys(("哈密瓜", "甜瓜"), "🍈"),
    # eggs, milk, meat, fish
    **dict.fromkeys(("蛋",), "🥚"),
    **dict.fromkeys(("奶", "豆浆"), "🥛"),
    **dict.fromkeys(("奶酪", "芝士"), "🧀"),
    **dict.fromkeys(("鸡", "鸭", "鹅"), "🐔"),
    **dict.fromkeys(("鸡腿", "鸡翅", "翅根"), "🍗"),
    **dict.fromkeys(("排骨", "小排", "大排", "大骨"), "🍖"),
    **dict.fromkeys(("五花", "培根", "咸肉"), "🥓"),
    **dict.fromkeys(("肉", "牛", "羊", "猪"), "🥩"),
    **dict.fromkeys(("火腿肠", "香肠"), "🌭"),
    **dict.fromkeys(("鱼",), "🐟"),
    **dict.fromkeys(("虾",), "🦐"),
    **dict.fromkeys(("蟹",), "🦀"),
    # staples, seasoning, tins
    **dict.fromkeys(("米",), "🍚"),
    **dict.fromkeys(("面粉", "小米", "麦片", "杂粮"), "🌾"),
    **dict.fromkeys(("面", "方便面", "粉丝", "米线"), "🍜"),
    **dict.fromkeys(("饺", "馒头", "包子", "馄饨", "烧卖"), "🥟"),
    **dict.fromkeys(("汤圆", "年糕"), "🍡"),
    **dict.fromkeys(("面包", "吐司"), "🍞"),
    **dict.fromkeys(("饼干",), "🍪"),
    **dict.fromkeys(("糖",), "🍬"),
    **dict.fromkeys(("油",), "🌻"),
    **dict.fromkeys(("盐", "味精", "鸡精"), "🧂"),
    **dict.fromkeys(("酱", "酱油", "生抽", "老抽", "醋", "料酒", "蚝油"), "🍶"),
    **dict.fromkeys(("罐头", "榨菜", "午餐肉"), "🥫"),
    **dict.fromkeys(("水", "矿泉水"), "💧"),
    **dict.fromkeys(("茶",), "🍵"),
    **dict.fromkeys(("套餐",), "🧺"),
    # for the house
    **dict.fromkeys(("纸", "纸巾", "面巾纸", "湿巾"), "🧻"),
    **dict.fromkeys(("肥皂", "香皂"), "🧼"),
    **dict.fromkeys(("洗手液", "洗洁精", "洗发", "沐浴", "酒精", "消毒"), "🧴"),
    **dict.fromkeys(("洗衣",), "🧺"),
    **dict.fromkeys(("牙膏", "牙刷"), "🦷"),
    **dict.fromkeys(("垃圾袋", "保鲜袋", "保鲜膜"), "🛍️"),
    **dict.fromkeys(("电池",), "🔋"),
    **dict.fromkeys(("口罩",), "😷"),
    **dict.fromkeys(("抗原",), "🧪"),
    **dict.fromkeys(("体温",), "🌡️"),
    **dict.fromkeys(("手套",), "🧤"),
    **dict.fromkeys(("药", "退烧"), "💊"),
    **dict.fromkeys(("奶粉", "奶瓶"), "🍼"),
    **dict.fromkeys(("尿裤", "尿不湿"), "👶"),
    **dict.fromkeys(("卫生巾",), "🩹"),
}
_BY_CATEGORY = {
    **{"蔬菜": "🥬", "水果": "🍎", "蛋": "🥚", "奶": "🥛", "肉": "🥩", "水产": "🐟", "米": "🍚"},
    **{"面": "🍜", "油": "🌻", "调味": "🧂", "速食": "🥫", "日用": "🧴", "防疫": "😷"},
    **{"母婴": "🍼", "套餐": "🧺"},
}
DEFAULT = "📦"


@lru_cache(maxsize=4096)
def symbol(title: str, category: str = "") -> str:
    """One emoji for a good; `DEFAULT` where neither title nor category says anything known.

    The longest word counts, and of equals the last: Chinese names a thing at its end.

    >>> symbol("鸡蛋 30 枚"), symbol("米醋"), symbol("无名", "蔬菜"), symbol("")
    ('🥚', '🍶', '🥬', '📦')
    """
    for words, text in ((_BY_WORD, title), (_BY_CATEGORY, category)):
        known = [(len(word), text.rfind(word), emoji) for word, emoji in words.items()]
        if found := [match for match in known if match[1] >= 0]:
            return max(found)[2]
    return DEFAULT
