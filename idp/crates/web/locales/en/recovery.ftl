# A forgotten password or company code (R45, R83, R84, R90; rules L6, Q7, Q8). Variables: $wait, $minutes, $left.

forgot-title = Forgot your password?
forgot-lead = Enter your user name. It is your email address. We will send you a mail with which you can choose a new password.
forgot-codes-title = Forgot your company code?
forgot-codes-lead = Enter your user name. It is your email address. We will send you a mail with the company codes of your agencies.
forgot-address = Email address
forgot-submit = Send the mail
forgot-back = Back to log in

forgot-address-missing = Enter your email address.
forgot-not-an-address = Enter your whole email address, such as name@example.com.
forgot-too-many = Too many mails were asked for. Please wait { $wait }, then try again.
forgot-stale = This page was open for too long. Please send it again.

check-mail-title = Check your mail
check-mail-sent = If that address has an identity, we sent a message.
check-mail-next = Open the link in it, on this device or another one. Or type the code from it here.
check-mail-codes-next = It lists your agencies and their company codes.
check-mail-code = Code from the mail
check-mail-code-hint = Eight letters; capitals, spaces and hyphens do not matter. The link and the code work for { $minutes } minutes.
check-mail-submit = Go on
check-mail-spam = It can take a few minutes. Look in the spam folder too. If nothing comes, check that you typed your address right, or ask your agency which address it has for you.
check-mail-again = Send it again
code-missing = Enter the code from the mail.
code-wrong = This is not the code from the newest mail. Check it and try again.

reset-questions-title = Answer your security questions
reset-questions-lead = Your answers show us that it is you. Then you can choose a new password.
reset-questions-hint = Capitals, accents and spaces do not matter. If you do not remember your answers, contact your agency.
reset-former-lead = These are the questions you had before { $day }. Your answers from then show us that it is you, and they will be your answers again.
reset-use-former = Answer the questions you had before { $day }
reset-use-present = Answer the newer questions instead
reset-answers-wrong = At least one answer is not right. Check all three and try again. { $left ->
    [one] You have 1 try left.
   *[other] You have { $left } tries left.
}
reset-go-on = Go on
reset-use-code = Use my saved recovery code instead

reset-code-title = Enter your saved recovery code
reset-code-lead = It is the long code that you printed or wrote down. It works once.
reset-code-label = Saved recovery code
reset-code-hint = Capitals, spaces and hyphens do not matter.
reset-code-wrong = This is not your saved recovery code. Check it and try again. { $left ->
    [one] You have 1 try left.
   *[other] You have { $left } tries left.
}
reset-use-questions = Answer my security questions instead

reset-password-title = Choose a new password

stop-expired = This link has expired
stop-expired-next = For your safety, the links and codes in our mails work for a short time only. We can send you a new one, which works for { $minutes } minutes.
stop-superseded = This link was replaced by a newer one
stop-superseded-next = Open the newest mail and use the link in it. Links also stop working when your password or your address changes. We can send you a new one.
stop-burned = This link no longer works
stop-burned-next = There were too many wrong tries, so the link and its code are closed. We can send you a new one. If you do not remember your answers, contact your agency.
stop-used = Your password has been reset
stop-used-next = This link has done its work: a new password was chosen with it. Please log in with that. If it was not you who chose it, choose “Forgot your password?” there and take another one.
stop-log-in = Log in
stop-invalid = This link does not work
stop-invalid-next = Open the mail again and use the whole link, from its first to its last character. If it still does not work, ask for a new mail.
stop-code = This code no longer works
stop-code-next = A code works for { $minutes } minutes and for a few tries only, and a newer mail replaces it. Please ask for a new mail.
stop-ask-again = Ask for a new mail
stop-paused = Too many wrong tries
stop-paused-next = For your safety, we look at no more answers for { $wait }. Then ask for a new mail. If you cannot wait that long, contact your agency.
stop-help = Your agency can help you
stop-help-next = Your account has neither security questions nor a saved recovery code, so this page cannot check that it is you. Please contact your agency.
stop-step = One step is missing
stop-step-next = What was sent just now changed nothing. Please go on with the step that comes next.
stop-go-on = Go on
