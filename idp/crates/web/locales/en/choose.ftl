# Which agency, and as whom. Also: $client, its name, and $person, who is logged in.

choose-title = Which agency do you want to work for?
choose-lead = { $client } opens for the one you choose.
choose-account-title = Continue as { $person }?
choose-account-lead = { $client } asks who you are. You are already logged in here.
choose-logged-in = You are logged in as
choose-agency = Agency
choose-continue = Continue as { $person }
choose-other-account = Log in as somebody else
choose-stale = This page was open for too long, or somebody else logged in meanwhile. Nothing was chosen. Please choose once more.
choose-not-offered = You cannot work for that agency at the moment, so nothing was opened. Please choose another one. If that is a mistake, ask the agency.

# A list of agencies. Variables: $count, how many; $most, how many are shown; $code.
agencies-search = Name, city or code
agencies-search-go = Search
agencies-code = Code { $code }
agencies-found = { $count ->
    [one] 1 agency found.
   *[other] { $count } agencies found.
}
agencies-found-many = { $count } agencies found. The first { $most } are shown; to see others, type more of the name, or the code.
agencies-found-none = No agency of yours is called that.
agencies-all = Show all
