# Letting a computer in (RFC 8628 section 3.3). Also: $client, the name of the program; $there and $here, two places.

device-code-title = Log in on your computer
device-code-lead = Type the code that your computer shows.
device-code-compare = Is this the code that your computer shows? Go on only if every letter is the same.
device-code-label = Code
device-code-hint = Eight letters, such as WDJB-MJHT. Small letters are fine, with or without the hyphen.
device-code-submit = Continue
device-code-warning = Did somebody send you this code, or read it to you? Then stop here: it would let them in as you.
device-code-missing = Type the code that your computer shows.
device-code-unknown = This code does not work. Check the code, or start again on the computer to get a new one.
device-code-too-many = There were too many wrong codes. Please wait { $wait }, then start again on the computer.
device-code-stale = This page was open for too long, or your browser blocks cookies. Please type the code again.

device-title = Did you start this on this computer?
device-lead = { $client } wants to log in with your account.
device-program = Program
device-computer = Computer, as it calls itself
device-network = Its network address
device-network-here = the same as yours
device-location = Where it seems to be
device-here = Your network address
device-here-location = Where you seem to be
device-asked = Asked
device-just-now = Less than a minute ago
device-minutes-ago = { $minutes ->
    [one] 1 minute ago
   *[other] { $minutes } minutes ago
}
device-agency = Agency
device-agencies = For which agency?
device-account = You are logged in as
device-other-account = Log out and use another account
device-warning = Choose Deny if you did not start this yourself, or if somebody sent you a code or a link. Nobody who helps you needs it.
device-deny = Deny
device-allow = Allow
device-agency-missing = Nobody was let in yet. Choose an agency first.
device-agency-gone = Nobody was let in. The agency that you chose is not open any more: choose again.
device-agency-other = Nobody was let in. The agency is another one than before: look again, then answer.
device-stale = This page was open for too long, or somebody else logged in meanwhile. Nothing was sent. Please answer once more.

device-elsewhere-title = Is it really your computer?
device-elsewhere-lead = { $client } wants to log in with your account, on a computer that is not in the same network as you.
device-elsewhere-warning = Did somebody send you this code? Then stop. Whoever sent it would be logged in as you.
device-elsewhere-normal = This is normal only if you see the code on a computer in front of you, and read this page on a phone with mobile data, for example.
device-stop = Stop
device-mine = It is mine

device-abroad-title = This computer is in another country
device-abroad-lead = Nobody was let in. The code was asked for in { $there }. You are in { $here }, as far as network addresses tell.
device-abroad-warning = Did somebody send you this code, or read it to you? Then stop, and tell your agency: whoever it was wanted to log in as you.
device-abroad-own = Is it your own computer, in front of you? Then connect both to the same network, without a VPN, and look again. If that does not help, call your agency.
device-abroad-again = Look again

device-over-title = This code no longer works
device-over-lead = It has expired, was used, or was opened in another browser.
device-over-next = Start again on the computer. It shows you a new code.
device-over-code = Type a code

device-wrong-person-title = This is meant for another account
device-wrong-person-lead = Another user name was typed on the computer than the one you are logged in with.
device-wrong-person-asked = Typed on the computer
device-wrong-person-slip = Is that a typing mistake? Cancel on the computer, correct the user name there, and log in again. Then type the new code here. You stay logged in.
device-wrong-person-code = Type the new code
device-wrong-person-next = If you did not start this, close this window. Nothing has happened.

device-no-access-slip = Perhaps the agency was mistyped on the computer: check Customer there, and start again.
device-no-access-cancel = Cancel on the computer

device-allowed-title = You can close this window
device-allowed-lead = Go back to your computer. If it does not go on within a minute, start again there.
device-allowed-mistake = Was it a mistake? You can log the computer out again at any time.
device-allowed-sessions = Where you are logged in

device-denied-title = Nothing was let in
device-denied-lead = The computer cannot use your account. You can close this window.
device-denied-next = If somebody sent you the code, tell your agency.
