# Letting a computer in (RFC 8628 section 3.3). Also: $client, the name of the program.

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
device-here = Your network address
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
device-stale = This page was open for too long, or somebody else logged in meanwhile. Nothing was sent. Please answer once more.

device-elsewhere-title = Is it really your computer?
device-elsewhere-lead = { $client } wants to log in with your account, on a computer that is not in the same network as you.
device-elsewhere-warning = Did somebody send you this code? Then stop. Whoever sent it would be logged in as you.
device-elsewhere-normal = This is normal only if you see the code on a computer in front of you, and read this page on a phone with mobile data, for example.
device-stop = Stop
device-mine = It is mine

device-over-title = This code no longer works
device-over-lead = It has expired, was used, or was opened in another browser.
device-over-next = Start again on the computer. It shows you a new code.
device-over-code = Type a code

device-wrong-person-title = This is meant for another account
device-wrong-person-lead = The computer asked for another account than yours.
device-wrong-person-next = If you did not start this, close this window. Nothing has happened.

device-allowed-title = You can close this window
device-allowed-lead = Go back to your computer. It goes on in a few seconds.
device-allowed-mistake = Was it a mistake? You can log the computer out again at any time.
device-allowed-sessions = Where you are logged in

device-denied-title = Nothing was let in
device-denied-lead = The computer cannot use your account. You can close this window.
device-denied-next = If somebody sent you the code, tell your agency.
