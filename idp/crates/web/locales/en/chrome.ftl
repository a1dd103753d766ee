# Around every page. Variables everywhere: $product, $operator, $year; where there is an agency also $agency.

chrome-product = { $product }
chrome-owner = © { $year } { $operator }
chrome-questions = Questions? Contact { $agency }:
# Stands where else the name of a website is.
place-device = a program on this device

# A day. Variables: $month (1 to 12), $day, $year.
chrome-day = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $day }, { $year }
# A minute. Variables: $date, $hour (1 to 12), $minute, $half (am, pm).
chrome-moment = { $date } at { $hour }:{ $minute } { $half ->
    [am] AM
   *[pm] PM
} UTC

problem-heading = There is a problem
problem-title = Error:

wait-seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
wait-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
wait-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}

welcome-title = { $product }
welcome-lead = One user name and one password for your agency's portal, desktop program and mobile app.
welcome-next = To log in, open your agency's portal. Its address is in the mail your agency sent you when your account was made.
