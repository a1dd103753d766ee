# "Security Questions" (R48-R52). Title, lead, labels and buttons are the guides' words.

questions-title = Security Questions
questions-lead = Please complete three security questions. These will be used to verify your identity.
questions-number = Question #{ $number }
questions-choose = Please choose a question
questions-answer = answer
questions-answer-number = Answer to question #{ $number }
questions-hint = Use answers that only you know and will still know in ten years. Capitals and spaces do not matter. Nobody at your agency can read them.
questions-save = Save
questions-cancel = Cancel

answer-not-chosen = Choose question #{ $number }.
answer-same-question = Question #{ $number } is chosen twice. Choose another one.
answer-empty = Enter answer #{ $number }.
answer-too-short = Answer #{ $number } is too short. Use at least { $min } letters or digits.
answer-too-long = Answer #{ $number } is too long. A few words are enough.
answer-same-answer = Answer #{ $number } is given twice. Give each question its own answer.
answer-too-common = Answer #{ $number } is too easy to guess. Give a real answer.
answer-has-user-name = Answer #{ $number } contains your user name. Give an answer without it.
answer-is-password = Answer #{ $number } is your password. Give another answer.
answer-in-question = Answer #{ $number } is a word of its question. Give another answer.
answer-one-character = Answer #{ $number } is one character repeated. Give a real answer.

# The bank (rules Q2, Q3): answers that do not change, fit in a few words, and that neither a coworker nor a
# personnel file knows. Never a favourite, a birthday, a maiden name, a car, an address or an employer.
question-first-stuffed-toy = What was the name of your first stuffed toy?
question-first-school-teacher = What was the last name of your first school teacher?
question-driving-instructor = Who taught you to drive? First name only.
question-college-not-attended = Which school did you apply to but never attend?
question-childhood-street-friend = Who was your closest friend on your childhood street? First name only.
question-first-concert-companion = Who went with you to your first concert? First name only.
question-grandparent-house-smell = What did your grandparents' home smell of?
question-first-kiss-place = Where were you when you had your first kiss?
question-childhood-imaginary-friend = What was the name of your imaginary friend?
question-first-job-boss-child-dream = What did you dream of becoming when you were small?
question-childhood-hiding-place = Where was your secret hiding place as a child?
question-first-cooked-dish = What was the first dish you cooked by yourself?
question-oldest-cousin-pet = What was the name of your oldest cousin's pet?
question-first-school-play-role = What was your first role in a school play?
question-lost-treasure = What did you lose as a child and never find again?
question-first-flight-destination = Where did your first flight take you?
question-childhood-bedtime-story = Which bedtime story did you ask for again and again?
question-first-heartbreak-song = Which song do you connect with your first heartbreak?
