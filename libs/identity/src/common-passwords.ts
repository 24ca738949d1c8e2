/**
 * Beginnings of the passwords that are tried first, in the languages around us. Short ones count too, because they
 * are refused with a year or a sign appended. Written in lower case without spaces.
 */
export const COMMON_PASSWORDS: readonly string[] = (
  'password passwort passw0rd passwords mypassword motdepasse contrasena contraseña wachtwoord parola senha heslo haslo ' +
  'password1 password12 password123 password1234 passwort123 welcome welkom willkommen bienvenue bienvenido benvenuto ' +
  'letmein letmeinnow iloveyou iloveu ichliebedich jetaime tequiero trustno1 changeme changeit default secret geheim ' +
  'administrator adminadmin admin root rootroot superuser test testtest tester testing guest gast user username login ' +
  'qwerty qwertz azerty qwertyuiop qwertzuiop qwerty123 1q2w3e4r 1q2w3e4r5t 1qaz2wsx zaq12wsx qazwsxedc asdfghjkl asdf1234 ' +
  'abc123 abcd1234 abcdef abcdefgh a1b2c3d4 123abc 123qwe 123456 12345678 123456789 1234567890 0123456789 9876543210 ' +
  '987654321 111111 1111111111 000000 0000000000 121212 123123 123123123 123321 654321 666666 696969 777777 888888 ' +
  'monkey dragon football fussball baseball basketball superman batman spiderman pokemon starwars minecraft fortnite ' +
  'princess prinzessin sunshine sonnenschein shadow master michael jennifer jordan ashley charlie thomas daniel andrea ' +
  'summer sommer winter spring autumn herbst january januar february march april june august september october november ' +
  'december monday friday sunday hello hallo bonjour hola hellohello whatever freedom liverpool chelsea arsenal barcelona ' +
  'realmadrid juventus bayern computer internet samsung google facebook microsoft windows iphone android chocolate ' +
  'schokolade cheese butterfly schmetterling flower blumen angel engel family familie hospital krankenhaus clinic klinik ' +
  'doctor doktor medical health gesundheit patient mypatient vitrine radiology radiologie dicom xray roentgen nurse ' +
  'correcthorsebatterystaple opensesame openup accessgranted nothing nopassword keinpasswort ' +
  'geburtstag birthday mamapapa mother father mutter vater schatz schatzi liebling darling sweetheart jesus jesuschrist'
).split(' ');
