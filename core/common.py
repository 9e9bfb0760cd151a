"""Terms that are common everywhere, so that a library of a few pages knows which words say little."""

PASSAGES = 200
"""How many passages this table weighs as, beside those of the index."""

_SHARES = {
    0.6: ("니다 습니 "),
    0.35: ("수 에서 으로 이 입니 있습 하는 합니 "),
    0.18: ("use 는 다른 사용 위해 있는 지만 하고 하기 하지 "),
    0.08: (
        "activ base cell differ effect first gene genom howev includ increas like mani new one protein relat "
        "report result sequenc state time two well year "
        "가 같은 거나 것을 것이 것입 경우 그 그러 다면 대해 더 도록 되는 되어 됩니 두 들어 따라 때 때문 를 만들 "
        "모든 문제 방법 부분 서는 세요 에 에는 용하 은 의 이는 이지 이트 일부 적으 필요 하면 하여 한 한다 할 "
        "해당 해야 "
    ),
    0.04: (
        "addit affect age although analysi anim associ author bind biolog case caus chang common compani "
        "compar complex condit contain control cultur current cycl data depend deriv describ design determin "
        "develop direct dna due earli end estim event express factor famili find follow form found four "
        "function general genet group high human import indic individu inform initi interact involv known "
        "larg level limit live local long loss main major make million model natur normal number obtain often "
        "order origin part particular pathway posit possibl present previous process product provid rang rate "
        "receiv region regul remain requir research risk second see set sever show shown signal signific sinc "
        "singl site small specif stage studi subject suggest system term three understand unit way wide "
        "within work "
        "가능 가지 같이 개의 것은 결과 기를 기에 까지 나타 는지 다는 다시 다음 대로 대한 동하 되었 되지 드는 드를 "
        "또는 라는 러나 러한 레이 로운 르게 리고 문에 므로 반적 발생 번째 보이 부에 부터 사이 상태 새로 생각 성하 "
        "수가 수는 수도 시간 시에 시작 아니 아래 않는 않습 어떤 어야 여러 와 요한 위한 유지 을 이것 이동 이러 "
        "이를 이미 이어 이전 인해 일반 있으 있지 자가 적인 전에 전히 접근 정보 정하 제공 제를 중 중에 지를 지하 "
        "처럼 첫 추가 통해 트를 트리 트에 포함 프로 하거 하게 하나 하도 하려 해서 행하 현재 화하 확인 "
    ),
}
"""In what share of passages terms stand, in public English and Korean texts of several kinds."""

COMMON = {term: share for share, words in _SHARES.items() for term in words.split()}
