# How an account is protected: the person's own pages, and the steps that may stand before a code (R48).

security-title = Security
security-lead = What keeps your account yours, and what lets you back in when you forget your password.
security-email-next = Change your email address
security-password-next = Change your password
security-questions-set = Three questions, asked when you forget your password. Nobody can see your answers.
security-questions-next = Choose other questions
security-code-made = Made on { $date }. It stands in for your answers if you forget them, too.
security-code-none = You have none. A code on paper stands in for your answers if you forget them, too.
security-code-next = Make, replace or remove a code

security-password-changed = Your password is changed.
security-password-changed-alone = Your password is changed, and you are signed out everywhere else.
security-questions-changed = Your questions and answers are changed.
security-code-removed = Your recovery code is removed. It no longer works.
security-too-old = This page was open for too long, so nothing was changed. Please try again.
security-recover-first = There were too many wrong passwords. Log out, then choose “Forgot your password?” on the log-in page.

change-password-title = Change your password
change-password-required-title = Choose a new password
change-password-required-lead = The password you logged in with is one that people guess first, so it does not protect you. Choose another one to go on.
change-password-current = Current password
change-password-new = New password
change-password-confirm = Confirm new password
change-password-end-others = Sign out everywhere else
change-password-current-missing = Enter your current password.
change-password-current-wrong = This is not your current password. Check it and try again.
change-password-unchanged = This is the password you have now. Choose another one.

questions-change-lead = Choose three questions and answer them. They take the place of the ones you have now.

recovery-code-title = Recovery code
recovery-code-lead = If you forget your password and the answers to your questions, this code lets you choose a new password. Keep it on paper, where nobody else looks.
recovery-code-none = You have no recovery code.
recovery-code-made = You made a recovery code on { $date }. It was shown once and cannot be shown again.
recovery-code-make = Make a recovery code
recovery-code-replace = Make a new code
recovery-code-replace-next = A new code takes the place of the one you have, which stops working at once.
recovery-code-remove = Remove the code
recovery-code-already = This was sent already, and the code it made was shown only once. If you did not write it down, make a new one.

recovery-code-shown-title = Write this code down
recovery-code-shown-lead = This is the only time it is shown. Write it on paper or print this page, and keep it where nobody else looks.
recovery-code-shown-next = It works once, together with the mail we send when you forgot your password. Capitals, hyphens and spaces do not matter.
recovery-code-print = Print
recovery-code-copy = Copy
recovery-code-copied = Copied
recovery-code-done = I have written it down

verify-email-title = Check your mail
verify-email-lead = We sent a code to { $address }. Type it here, so that we know the address is yours.
verify-email-code = Code
verify-email-hint = Eight letters, such as BCDF-GHJK. Capitals and the hyphen do not matter.
verify-email-submit = Go on
verify-email-again = Send a new code
verify-email-sent = A new code is on its way. Only the newest one works.
verify-email-too-many = You asked for several codes in a short time. Use the newest mail, or wait a few minutes and try again.
verify-email-missing = Enter the code from the mail.
verify-email-wrong = { $left ->
    [one] This is not the code from the newest mail. You have one more try.
   *[other] This is not the code from the newest mail. Check it and type it again.
}
verify-email-renewed = That code no longer works: it was too old, or typed wrong too often. We sent you a new one.
verify-email-no-more = That code no longer works: it was too old, or typed wrong too often. Wait a minute, then choose “Send a new code”.
