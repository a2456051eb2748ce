"""The ways of asking by name, and how tables call them."""

POLICY_WORDS = {
    "broadcast": "群发 broadcast",
    "random": "随机 random",
    "round robin": "轮流 round robin",
    "least loaded": "最闲优先 least loaded",
    "nearest": "就近 nearest with skills",
    "top 5": "固定五人 top-5 waves",
    "ours": "点亮 ours",
    "fair oracle": "全知且均衡 fair oracle",
    "oracle": "全知 oracle",
}
