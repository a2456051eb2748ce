"""One writing for many: full width, circled and traditional characters become plain ones, place by place.

Folding keeps the length, so that a place in the folded text is the same place in the text as typed.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from importlib import resources
from typing import Any

_TRADITIONAL = (
    "並乾亂亞佈佔併來係俬個們倖倫偉側傑備傢傳傷僱價儀儁儘償優儲兒內兩冊凈凍凱別剋剛劇劉劍劑勁動務勛勝勞勳勻匯區厙厠厤"
    "厲參叢吳呂員唸問啓啞啟喚喪喫喬單嗆嗎嘔噁噝噴噹嚇嚥嚨嚮嚴囌囪國圍園圓圖團埰堅堯報場塊塗墊墜壓壞壯壽夠夢夥夾妝姍婁"
    "婦婭媯媽嫺嫻嬈嬋嬌嬙嬸孃孫學宮寀寧寫寶將專尋對導尷層屬峯島崑崢嵐嵗嶺嶽巖帥師帳帶幣幫幹幾廁廈廣弔張強彆彈彙彥彿後"
    "從復恆悅悶惡愛愷慄態慶慼憐憲憶應懞懷戰戲戶捨掃掛採揚換搖搶摺撐擊擔據擠擬攢敵斷於旂旣昇時晉暈暉暢曄曆曉曏曬書會朮"
    "東桿條棊棟楊楓業極榦榮樂樑樓標樣樸樹樺橋機檔檢檯櫻欄權欒欽歐歡歲歷殘殭殺殼氣決沒沖況涼淨淩淵淺減渾湊湧湯準溫溼滅"
    "滙滲滾滿漢潔潤澤濕濛濟濤濱濺瀅瀋瀟瀾灘灝灣為烏無煒煙煥煩熱燁燒燙爍爭爺爾牀獃獨獻現瑋瑤瑩環璿瓊瓏產甦甯畢異當疊痠"
    "瘋療癇癒癡癢癱癲發盃盡監盤盧眞眾睏睜矇硃碩確碼礙祿禍禕禮種穀積穎穩窩竇箇節範簡簽籃籌籤糰紀約紅純紗紙級紮紹紺組結"
    "絞絡給統經綫維綱網綵綺綿緊緒線編緩練緻縫總繆繞繩繫繳繼纍纔羅羣羨義習翽聞聯聰聲聶聽聾肅脈脣脩脫腦腫腳腸膠膩臉臍臘"
    "臟臺與興舊艷茲荊莊華菸萬葉葯蒐蒼蓆蓋蓮蔔蔘蔣蕁蕎蕓蕭薊薑藍藝藥藺蘆蘇蘊蘋蘭處虛號蝦蟲衆術衕衚衛衝裏補裡製複褲覈見"
    "規視親覺觀觸訂計訓託許訴診註証詠試詩話該詳誌認語誠誤說誰課誼調談請諧諶諸諾謀謙講謝證識譚譜譯護譽讀變讓讚豐豔貝貞"
    "負財貢貧貨貳貴買費貼賀資賈賓賜賢質賬購贅贊趕趙蹌躍車軍軒軟載輔輕輝輩輪輸轅轉辦農迴這連週進遊運過達遙遞遠適遲遺還"
    "邊郟郵鄉鄒鄔鄧鄭鄰鄺酈醜醣醫釘針釦鈄鈕鈞鈡鈴鈺銀銅銘銳鋒鋪鋼錚錢錦錫錯錶鍇鍵鍼鍾鎔鎖鎧鎭鎮鏈鏡鐘鐵鐸鑠長門閆閉開"
    "間閔閘閣閤閨閻闆闇闊闕關闞陝陞陣陰陳陸陽隊險隻雋雙離難雲電霧霽靄靈靜鞏鞦韆韋韓韜韻響頁頂項順頌預頓領頭頸頻顆題額"
    "顏願顧顫風颱飄飆飈飛飯飲飾餓餘餬餵饒饞馬馮馳駱駿騫騰驍驗驚驟髒體髮鬆鬍鬱魯鮑鮮鯁鳳鳴鴻鵑鵝鵬鵲鶯鶴鷺麗麥麪麫麯麴"
    "麵麼麽黃點黨黴鼕齊齣龍龐龔衞鷄爲僞説舖"
)
_SIMPLIFIED = (
    "并干乱亚布占并来系私个们幸伦伟侧杰备家传伤雇价仪俊尽偿优储儿内两册净冻凯别克刚剧刘剑剂劲动务勋胜劳勋匀汇区厍厕历"
    "厉参丛吴吕员念问启哑启唤丧吃乔单呛吗呕恶咝喷当吓咽咙向严苏囱国围园圆图团采坚尧报场块涂垫坠压坏壮寿够梦伙夹妆姗娄"
    "妇娅妫妈娴娴娆婵娇嫱婶娘孙学宫采宁写宝将专寻对导尴层属峰岛昆峥岚岁岭岳岩帅师帐带币帮干几厕厦广吊张强别弹汇彦佛后"
    "从复恒悦闷恶爱恺栗态庆戚怜宪忆应蒙怀战戏户舍扫挂采扬换摇抢折撑击担据挤拟攒敌断于旗既升时晋晕晖畅晔历晓向晒书会术"
    "东杆条棋栋杨枫业极干荣乐梁楼标样朴树桦桥机档检台樱栏权栾钦欧欢岁历残僵杀壳气决没冲况凉净凌渊浅减浑凑涌汤准温湿灭"
    "汇渗滚满汉洁润泽湿蒙济涛滨溅滢沈潇澜滩灏湾为乌无炜烟焕烦热烨烧烫烁争爷尔床呆独献现玮瑶莹环璇琼珑产苏宁毕异当叠酸"
    "疯疗痫愈痴痒瘫癫发杯尽监盘卢真众困睁蒙朱硕确码碍禄祸祎礼种谷积颖稳窝窦个节范简签篮筹签团纪约红纯纱纸级扎绍绀组结"
    "绞络给统经线维纲网彩绮绵紧绪线编缓练致缝总缪绕绳系缴继累才罗群羡义习翙闻联聪声聂听聋肃脉唇修脱脑肿脚肠胶腻脸脐腊"
    "脏台与兴旧艳兹荆庄华烟万叶药搜苍席盖莲卜参蒋荨荞芸萧蓟姜蓝艺药蔺芦苏蕴苹兰处虚号虾虫众术同胡卫冲里补里制复裤核见"
    "规视亲觉观触订计训托许诉诊注证咏试诗话该详志认语诚误说谁课谊调谈请谐谌诸诺谋谦讲谢证识谭谱译护誉读变让赞丰艳贝贞"
    "负财贡贫货贰贵买费贴贺资贾宾赐贤质账购赘赞赶赵跄跃车军轩软载辅轻辉辈轮输辕转办农回这连周进游运过达遥递远适迟遗还"
    "边郏邮乡邹邬邓郑邻邝郦丑糖医钉针扣钭钮钧钟铃钰银铜铭锐锋铺钢铮钱锦锡错表锴键针钟镕锁铠镇镇链镜钟铁铎铄长门闫闭开"
    "间闵闸阁合闺阎板暗阔阙关阚陕升阵阴陈陆阳队险只隽双离难云电雾霁霭灵静巩秋千韦韩韬韵响页顶项顺颂预顿领头颈频颗题额"
    "颜愿顾颤风台飘飙飚飞饭饮饰饿余糊喂饶馋马冯驰骆骏骞腾骁验惊骤脏体发松胡郁鲁鲍鲜鲠凤鸣鸿鹃鹅鹏鹊莺鹤鹭丽麦面面曲曲"
    "面么么黄点党霉冬齐出龙庞龚卫鸡为伪说铺"
)

_STYLED = (
    range(0x2070, 0x209D),
    range(0x2460, 0x2500),
    range(0x3000, 0x3001),
    range(0xFF01, 0xFF5F),
    range(0x1D400, 0x1D800),
)


def _table() -> dict[int, str]:
    table = {
        place: plain for r in _STYLED for place in r if len(plain := unicodedata.normalize("NFKC", chr(place))) == 1
    }
    table |= {ord(old): new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
    return table | {0x130: "i", ord("’"): "'"}


_FOLD = _table()
_SAID = str.maketrans("零〇○洞幺么一二两三四五六七八九拐壹贰叁肆伍陆柒捌玖oli|", "00001112234567897123456789" + "0111")
_UP_TO = re.compile(r"([…‥])\{(\d+)\}")
_REPEATED = re.compile(r"([2-8])个(\d)")


def fold(text: str) -> str:
    """Return `text` in half width, simplified Chinese; the same length, the case kept."""
    return text.translate(_FOLD)


def vocabulary(name: str) -> dict[str, Any]:
    """Return the words of vocabulary/<name>.toml."""
    return tomllib.loads(resources.files(__package__).joinpath("vocabulary", f"{name}.toml").read_text("utf-8"))


def pattern(alternatives: Iterable[str], words: dict[str, str] | None = None) -> str:
    """Return one regular expression of `alternatives`; what they are written in, `written_out` says."""
    return written_out("|".join(alternatives), words)


def written_out(text: str, words: dict[str, str] | None = None) -> str:
    """Return a regular expression written with the shorthand of the vocabulary in full.

    …{5} stands for up to 5 characters of the same clause, ‥{5} of the same sentence, <word> for an entry of `words`.
    """
    for word, meaning in (words or {}).items():
        text = text.replace(f"<{word}>", meaning)
    text = _UP_TO.sub(r"\1{0,\2}", text)
    return text.replace("…", r"[^,。;!?\n]").replace("‥", r"[^。;!?\n]")


def numerals(text: str) -> tuple[str, Callable[[int], int]]:
    """Return folded lower-case `text` with spoken digits as digits (幺九九四个零 becomes 1990000), and where each place was."""
    digits = text.translate(_SAID)
    if not _REPEATED.search(digits):
        return digits, _same
    written: list[str] = []
    places: list[int] = []
    at = 0
    for match in _REPEATED.finditer(digits):
        written.append(digits[at : match.start()])
        places += range(at, match.start())
        times = int(match[1])
        written.append(match[2] * times)
        places += [match.start(), *([match.end() - 1] * (times - 1))]
        at = match.end()
    written.append(digits[at:])
    places += range(at, len(digits))
    return "".join(written), places.__getitem__


def _same(place: int) -> int:
    return place
