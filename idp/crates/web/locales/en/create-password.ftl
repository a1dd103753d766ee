# "Create Password" (R40-R43). Title, labels and button are the guides' words.

create-password-title = Create Password
create-password-lead = Choose something long that you can remember. Four ordinary words are better than one difficult one.
create-password-username = Username
create-password-password = Password
create-password-confirm = Confirm Password
create-password-hint = At least { $min } characters; spaces are welcome. For example:
create-password-suggest = Suggest another
create-password-submit = Change password

password-empty = Enter a password.
password-too-short = This password is too short. Use at least { $min } characters: add another word or two.
password-too-long = This password is too long. Use at most { $max } characters.
password-common = This password is one of those people guess first. Add another word or two.
password-repetitive = This password repeats itself or follows a pattern. Use different words instead.
password-personal = This password is too close to a name, such as yours or your agency's. Use other words instead.
password-control = This password holds a character that cannot be typed everywhere. Type it instead of pasting it.
password-mismatch = The two passwords are not the same. Type the same password in both fields.

password-created-title = Password created
password-created-portal = Go to { $agency }
