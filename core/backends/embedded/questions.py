"""Unrelated questions. What their vectors have in common is that they are questions, not what they are about."""

KOREAN = (
    "연차 휴가는 며칠인가요?",
    "회의실은 어떻게 예약하나요?",
    "서버가 응답하지 않을 때 무엇을 확인해야 하나요?",
    "이 회사는 언제 설립되었나요?",
    "환불은 어디에서 신청하나요?",
    "보안 사고가 나면 누구에게 알려야 하나요?",
    "이 약의 부작용은 무엇인가요?",
    "그 도시의 인구는 얼마인가요?",
    "계약을 해지하려면 무엇이 필요한가요?",
    "왜 하늘은 파란가요?",
    "작년 매출은 얼마나 늘었나요?",
    "데이터베이스를 백업하는 방법을 알려주세요.",
    "선수는 몇 골을 넣었나요?",
    "여행할 때 무엇을 조심해야 하나요?",
    "그 화가는 어떤 그림으로 유명한가요?",
    "배포는 하루에 몇 번 하나요?",
)

ENGLISH = (
    "How many days of annual leave do I get?",
    "How do I book a meeting room?",
    "What should I check when the server does not respond?",
    "When was the company founded?",
    "Where do I apply for a refund?",
    "Who has to be told about a security incident?",
    "What are the side effects of this drug?",
    "What is the population of the city?",
    "What is needed to end the contract?",
    "Why is the sky blue?",
    "How much did sales grow last year?",
    "How can I back up the database?",
    "How many goals did the player score?",
    "What should travellers be careful about?",
    "Which painting is the artist famous for?",
    "How often do we deploy?",
)
