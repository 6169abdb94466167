"""One invented mail, or more, for each situation of ADVICE.md §8, as analyses built by hand."""

from __future__ import annotations

from collections.abc import Callable

from tests.factory import make

from feedback_nlp.schema import (
    Analysis,
    AskKind,
    DateKind,
    DoorKind,
    EventKind,
    Outcome,
    Register,
    RouteKind,
    SenderKind,
    Stage,
    Tag,
)

MET = EventKind.MET


def farida() -> Analysis:
    """The worked example of ADVICE.md §11."""
    return make(
        "Hi Farida, thank you for spending Friday morning in the dispensary. <<decision: I am sorry to say that we have"
        " given the post to someone else.>> [[+| You were very calm with {the queue}]]. Two things held us back: "
        "[[technical_skills missing| you have not used {a dispensing robot}]], and on the labelling task "
        "[[professionalism behavior| {you initialled before the second check}]]. Our Malton branch is looking for a "
        "relief dispenser; shall I pass your name on? I would need to know by the 12th.\n\nKind regards,\n"
        "Noreen Tait\nPharmacy Manager",
        subject="Dispenser post",
        sender="Noreen Tait",
        candidate="Farida",
        asks=((AskKind.CONSENT, "shall I pass your name on?"),),
        dates=((DateKind.DEADLINE, "the 12th"),),
        doors=((DoorKind.BRANCH, "Our Malton branch is looking for a relief dispenser"),),
        events=((MET, "Friday morning in the dispensary", "Friday morning in the dispensary"),),
        register=Register.INFORMAL,
        effort=2,
    )


MAILS: dict[str, Callable[[], Analysis]] = {
    "actionable_application_person": lambda: make(
        "Dear Tobias,\n\nThank you for your application as a bike mechanic. <<decision: We will not be "
        "inviting you this"
        " time.>> Two reasons: [[technical_skills missing| you name no work on {hydraulic brakes}]], and "
        "[[application_materials defect| the {link to your workshop photos} is dead]]. We look again in the spring.\n\n"
        "Kind regards,\nIlse Maurer",
        stage=Stage.APPLICATION,
        subject="Bike mechanic",
        sender="Ilse Maurer",
        candidate="Tobias",
        dates=((DateKind.REAPPLY, "in the spring"),),
        doors=((DoorKind.REAPPLY, "We look again in the spring"),),
        events=((EventKind.APPLIED, "considering my application", "your application"),),
        effort=0,
    ),
    "actionable_application_no_reply": lambda: make(
        "Dear applicant,\n\n<<decision: Your application will not be taken further.>> [[qualifications "
        "hard_requirement|"
        " {A valid crane licence} must be held on the closing date]]. Please do not reply to this message.\n\n"
        "Harbor Recruitment",
        stage=Stage.APPLICATION,
        kind=SenderKind.TEAM,
        route=RouteKind.NO_REPLY,
        effort=0,
    ),
    "actionable_assessment": lambda: make(
        "Dear Ms Okafor,\n\nYour results: verbal reasoning 61 (pass mark 50), [[qualifications threshold| {numerical "
        "reasoning} 41 (pass mark 50)]]. <<decision: We cannot take your application further.>> The next intake is in "
        "September.\n\nYours sincerely,\nAdmissions Team",
        stage=Stage.ASSESSMENT,
        kind=SenderKind.TEAM,
        candidate="Okafor",
        dates=((DateKind.INTAKE, "September"),),
        events=((EventKind.TESTED, "the chance to take the test", "results"),),
        register=Register.FORMAL,
    ),
    "actionable_interview_person": lambda: make(
        "Hi Marek,\n\nThanks for coming in on Tuesday. <<decision: We have gone with somebody else.>> [[+| {Your site "
        "sketches} were the best we saw]]. What we missed: [[interview_answers not_shown| {your answers} had "
        "no numbers "
        "in them]], and [[communication level| {your explanation of the drainage plan} could be shorter]].\n\nBest,\n"
        "Ulla Brandt",
        subject="Site manager",
        sender="Ulla Brandt",
        candidate="Marek",
        events=((MET, "the talk on Tuesday", "Tuesday"),),
        register=Register.INFORMAL,
        effort=2,
    ),
    "actionable_interview_agency": lambda: make(
        "Hi Dilan,\n\nThe client came back. <<decision: It is a no, I am afraid.>> They liked you, but [[experience "
        "comparison| they chose someone who has run {month-end close for several entities}]]. I will keep looking.\n\n"
        "Rob Slater\nHartwell Recruitment",
        sender="Rob Slater",
        candidate="Dilan",
        kind=SenderKind.AGENCY,
        speaker="The client",
        register=Register.INFORMAL,
    ),
    "actionable_final_word": lambda: make(
        "Dear Mr Lindqvist,\n\n<<decision: The board has not recommended you for appointment.>> [[leadership "
        "not_shown| "
        "The board did not hear evidence of {managing poor performance}]]. The decision is final and no correspondence "
        "can be entered into.\n\nYours sincerely,\nHelena Aalto\nSecretary to the board",
        sender="Helena Aalto",
        candidate="Lindqvist",
        no_details="The decision is final and no correspondence can be entered into",
        register=Register.FORMAL,
    ),
    "actionable_final_round": lambda: make(
        "Dear Priyanka,\n\nThank you for the three days that you gave us, and for the board talk above all. "
        "<<decision: "
        "In the end we have chosen the other finalist.>> [[+| {Your plan for the harbor site} was the sharpest of the "
        "day]]. [[experience comparison| What tipped it was that the other candidate had taken {a plant through a "
        "closure}]]. I would be glad to stay in touch.\n\nWarm regards,\nDr Annika Solberg\nManaging Director",
        stage=Stage.FINAL,
        sender="Annika Solberg",
        title="Dr",
        candidate="Priyanka",
        doors=((DoorKind.STAY_IN_TOUCH, "I would be glad to stay in touch"),),
        events=((MET, "the three days", "three days"),),
        effort=3,
    ),
    "actionable_own_workplace": lambda: make(
        "hi jo, no luck with the shift lead job this time. honestly, [[leadership behavior| you do everything yourself "
        "instead of {handing things over}]]. come and see me on monday if you like. sam",
        kind=SenderKind.COLLEAGUE,
        sender="sam",
        candidate="jo",
        register=Register.CHAT,
    ),
    "actionable_pending": lambda: make(
        "Hello Tanisha,\n\n<<decision: We have not decided yet and will write to you in two weeks.>> In the meantime, "
        "[[technical_skills advice| brush up on {pivot tables}]], because the second talk has a task with them.\n\n"
        "Best,\nGeorge Mbeki",
        outcome=Outcome.PENDING,
        sender="George Mbeki",
        candidate="Tanisha",
        dates=((DateKind.NEXT_CONTACT, "in two weeks"),),
        register=Register.INFORMAL,
    ),
    "actionable_advanced": lambda: make(
        "Dear Lorenzo,\n\n<<decision: We would like to see you again for a second interview.>> One point to prepare: "
        "[[motivation level| tell us more about {your reasons for leaving teaching}]]. Can you confirm by Friday?\n\n"
        "Kind regards,\nMartha Quill",
        outcome=Outcome.ADVANCED,
        sender="Martha Quill",
        candidate="Lorenzo",
        asks=((AskKind.CONFIRM, "Can you confirm by Friday?"),),
        dates=((DateKind.DEADLINE, "by Friday"),),
        events=((MET, "the first interview", "second interview"),),
    ),
    "actionable_offer": lambda: make(
        "Dear Yusuf,\n\n<<decision: We are delighted to offer you the post of night manager.>> The one point to grow "
        "into: [[leadership level| {giving feedback to the team}]]. Please let us have your answer by the 20th.\n\n"
        "Kind regards,\nCarmen Ruiz",
        outcome=Outcome.ADVANCED,
        stage=Stage.FINAL,
        sender="Carmen Ruiz",
        candidate="Yusuf",
        asks=((AskKind.CONFIRM, "Please let us have your answer by the 20th."),),
        dates=((DateKind.DEADLINE, "the 20th"),),
    ),
    "generic_application_machine": lambda: make(
        "Dear applicant,\n\n<<courtesy: Thank you for your interest in Brightwater.>> <<decision: After "
        "careful review we"
        " have decided not to move forward with your application.>> <<stock_reason: Other candidates matched our needs "
        "more closely.>> We wish you every success.\n\nThe Brightwater Recruiting Team\nThis mailbox is not monitored.",
        tag=Tag.GENERIC,
        stage=Stage.APPLICATION,
        kind=SenderKind.MACHINE,
        route=RouteKind.NO_REPLY,
        effort=0,
    ),
    "generic_application_person": lambda: make(
        "Dear Hanna,\n\nThank you for your letter. <<decision: We are not able to invite you to an interview.>> "
        "<<stock_reason: Many strong letters reached us.>> I wish you luck with your search.\n\nKind regards,\n"
        "Piotr Wolski",
        tag=Tag.GENERIC,
        stage=Stage.APPLICATION,
        sender="Piotr Wolski",
        candidate="Hanna",
        events=((EventKind.APPLIED, "considering my application", "your letter"),),
        effort=0,
    ),
    "generic_interview_person": lambda: make(
        "Hi Chidi,\n\nThank you for the interview last week. <<decision: We have decided to go ahead with another "
        "candidate.>> <<stock_reason: It was a close decision.>> We enjoyed meeting you.\n\nBest wishes,\nLaura Finch",
        tag=Tag.GENERIC,
        sender="Laura Finch",
        candidate="Chidi",
        events=((MET, "the interview last week", "the interview last week"),),
        register=Register.INFORMAL,
    ),
    "generic_no_comment": lambda: make(
        "Dear Ms Vance,\n\nThank you for attending the interview on 3 May. <<decision: You have not been successful.>> "
        "We are unable to give individual feedback.\n\nYours sincerely,\nPeter Ostrow",
        tag=Tag.GENERIC,
        sender="Peter Ostrow",
        candidate="Vance",
        no_details="We are unable to give individual feedback",
        events=((MET, "the interview on 3 May", "the interview on 3 May"),),
        register=Register.FORMAL,
    ),
    "generic_final": lambda: make(
        "Dear Simone,\n\n<<decision: I am very sorry: the choice fell on the other of the last two.>> There "
        "was nothing "
        "that you could have done better. [[+| {Your closing talk} moved the whole panel]]. I will think of "
        "you when we "
        "open the second studio.\n\nWith warm regards,\nEsther Bloom",
        tag=Tag.GENERIC,
        stage=Stage.FINAL,
        sender="Esther Bloom",
        candidate="Simone",
        no_gap="There was nothing that you could have done better",
        doors=((DoorKind.STAY_IN_TOUCH, "I will think of you when we open the second studio"),),
        events=((MET, "the talk", "closing talk"),),
        effort=3,
    ),
    "generic_feedback_offered": lambda: make(
        "Dear Ayo,\n\n<<decision: We will not be taking your application further after the interview.>> "
        "<<feedback_offer:"
        " If you would like feedback, write to me within ten days.>>\n\nKind regards,\nBeth Carrow",
        tag=Tag.GENERIC,
        offered=True,
        sender="Beth Carrow",
        candidate="Ayo",
        offer="If you would like feedback, write to me within ten days",
        offer_route=RouteKind.REPLY,
        window="within ten days",
        events=((MET, "the interview", "the interview"),),
    ),
    "generic_employer_cause": lambda: make(
        "Hi Noor,\n\n<<circumstance: The budget for the post was cut on Monday, so nobody will be hired.>> I am sorry, "
        "after all your work on the sample menu.\n\nAll the best,\nGiulia Ferrante",
        tag=Tag.GENERIC,
        sender="Giulia Ferrante",
        candidate="Noor",
        events=((EventKind.TRIAL, "the trial day", "the sample menu"),),
        register=Register.INFORMAL,
        effort=2,
    ),
    "generic_agency": lambda: make(
        "Hi Paulo, <<decision: bad news on the warehouse job, it is a no.>> <<stock_reason: They gave no "
        "reason.>> I have"
        " asked them once. Rob",
        tag=Tag.GENERIC,
        kind=SenderKind.AGENCY,
        sender="Rob",
        candidate="Paulo",
        register=Register.CHAT,
    ),
    "generic_pending": lambda: make(
        "Dear Miriam,\n\n<<circumstance: The post is on hold until the board has met.>> We will write to you "
        "in March.\n\n"
        "Kind regards,\nOskar Lund",
        tag=Tag.GENERIC,
        outcome=Outcome.PENDING,
        sender="Oskar Lund",
        candidate="Miriam",
        dates=((DateKind.NEXT_CONTACT, "in March"),),
    ),
    "generic_advanced": lambda: make(
        "Dear Viktor,\n\n<<decision: You are through to the last round.>> [[+| {Your test lesson} was a joy to watch]]."
        " We will send the details next week.\n\nKind regards,\nAgnes Toth",
        tag=Tag.GENERIC,
        outcome=Outcome.ADVANCED,
        sender="Agnes Toth",
        candidate="Viktor",
        dates=((DateKind.NEXT_CONTACT, "next week"),),
        events=((EventKind.PRESENTED, "the test lesson", "test lesson"),),
    ),
    "unrelated_invitation": lambda: make(
        "Dear Ruth,\n\nWe would like to invite you to an interview on 9 June at 10:00 in room 4. Please confirm by 5 "
        "June.\n\nKind regards,\nJonas Beck",
        tag=Tag.UNRELATED,
        outcome=Outcome.ADVANCED,
        sender="Jonas Beck",
        candidate="Ruth",
        asks=((AskKind.CONFIRM, "Please confirm by 5 June."),),
        dates=((DateKind.DEADLINE, "by 5 June"), (DateKind.EVENT, "9 June")),
    ),
    "unrelated_receipt": lambda: make(
        "Dear applicant, thank you for applying. We have received your application and will be in touch.",
        tag=Tag.UNRELATED,
        outcome=Outcome.PENDING,
        stage=Stage.APPLICATION,
        kind=SenderKind.TEAM,
        effort=0,
    ),
    "unrelated_offer": lambda: make(
        "Dear Femi,\n\nWe are pleased to offer you the position of gardener. The contract is attached; please sign and "
        "return it by 1 July.\n\nKind regards,\nAlma Reyes",
        tag=Tag.UNRELATED,
        outcome=Outcome.ADVANCED,
        stage=Stage.FINAL,
        sender="Alma Reyes",
        candidate="Femi",
        asks=((AskKind.CONFIRM, "please sign and return it by 1 July."),),
        dates=((DateKind.DEADLINE, "by 1 July"),),
    ),
    "unrelated_seller": lambda: make(
        "Rejected again? Our course gets you hired. 40 % off this week. Unsubscribe here.",
        tag=Tag.UNRELATED,
        outcome=Outcome.UNKNOWN,
        stage=Stage.UNKNOWN,
        kind=SenderKind.SELLER,
        effort=0,
    ),
    "unrelated_own_mail": lambda: make(
        "Dear Ms Hale, I am writing to ask whether you have news about my application. Kind regards, Ben",
        tag=Tag.UNRELATED,
        outcome=Outcome.UNKNOWN,
        stage=Stage.UNKNOWN,
        kind=SenderKind.USER,
    ),
    "unrelated_survey": lambda: make(
        "Dear candidate, please take two minutes for our survey about your candidate experience.",
        tag=Tag.UNRELATED,
        outcome=Outcome.UNKNOWN,
        stage=Stage.UNKNOWN,
        kind=SenderKind.TEAM,
        effort=0,
    ),
    "unrelated_other": lambda: make(
        "Dear tenant, the water will be turned off on Thursday between nine and eleven.",
        tag=Tag.UNRELATED,
        outcome=Outcome.UNKNOWN,
        stage=Stage.UNKNOWN,
        kind=SenderKind.TEAM,
        effort=0,
    ),
}
