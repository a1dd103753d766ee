# A person's own pages: "Your account" and "Apps you allowed".

menu-label = Your account
menu-account = Profile
menu-security = Security
menu-sessions = Devices
menu-companies = Agencies
menu-apps = Apps
menu-activity = Activity
menu-data = Your data
menu-office = Office
menu-log-out = Log out

welcome-as = You are logged in as { $username }.
welcome-account = Your account

account-title = Your account
account-lead = Portals and apps you log in to may see what you write here. Every field may stay empty.
account-save = Save
account-saved = Saved.

account-name = Name
account-given-name = First name
account-middle-name = Middle name
account-family-name = Last name
account-nickname = Nickname
account-preferred-username = Short name
account-preferred-username-hint = What an app may call you on its pages. You do not log in with it.

account-contact = Contact
account-phone-number = Phone number
account-website = Your website

account-address = Address
account-street-address = Street and number
account-locality = City
account-region = State or province
account-postal-code = ZIP or postal code
account-country = Country

account-more = More about you
account-birthdate = Birthday
account-birthdate-hint = Such as 1980-02-29. Only the year is fine: 1980. So is only the day: 0000-02-29.
account-gender = Gender
account-locale = Language
account-locale-hint = Short, such as en, es or fr-CA.
account-zoneinfo = Time zone
account-zoneinfo-hint = Such as America/Los_Angeles. Type the nearest large city to find yours.
account-picture = Picture of you
account-picture-hint = The web address of a picture.
account-profile = Page about you
account-profile-hint = The web address of a page that says who you are.

account-changed-elsewhere = Your account was changed in another window in the meantime, so nothing was saved. This is what it says now: please make your changes again.
account-too-old = This page was open for too long, so nothing was saved. Please make your changes again.
account-too-long = { $field } is too long. Shorten it.
account-control = { $field } holds a character that cannot be shown. Type it instead of pasting it.
account-not-a-web-address = { $field } must be a web address that begins with https:// or http://.
account-not-a-date = { $field } must be year, month and day, such as 1980-02-29, or the year alone.
account-not-a-time-zone = { $field } must be a name such as America/Los_Angeles.
account-not-a-language = { $field } must be short, such as en or es-US.
account-not-a-phone-number = { $field } must be digits, such as (519) 555-0142 or +1 519 555 0142.

apps-title = Apps you allowed
apps-lead = These may use your account because you allowed it. You can take that back here.
apps-none = You have not allowed any app to use your account.
apps-none-next = When an app asks you and you say yes, it is listed here. Your agency's own portal and programs do not need to ask.
apps-stranger = A program of somebody else. It leads to { $places }.
apps-since = Since { $date }
apps-withdraw = Disconnect
apps-withdraw-next = { $client } is disconnected at once and must ask you again. What it has already learned about you stays with it. Nothing else changes.
apps-withdraw-yes = Yes, disconnect { $client }
apps-withdrawn = Done. The app is disconnected.
apps-too-old = This page was open for too long, so nothing was changed. Please try again.
