import type { visit as english } from '../en/visit.js';

export const visit: typeof english = {
  title_one: '{{name}} möchte Ihnen etwas zeigen',
  title_other: '{{name}} möchte Ihnen {{count}} Dinge zeigen',
  until: 'Sie können schauen bis {{until}}.',
  mayLook: 'Steuern kann nur {{name}}.',
  maySteer: 'Sie dürfen auch steuern: durch die Bilder blättern und die Werkzeuge benutzen.',
  watermark: 'Ihr Name und das Datum stehen blass über dem Bild.',
  noAccount:
    'Sie brauchen kein Konto. Auf Ihrem Gerät wird nichts gespeichert. {{name}} sieht, dass Sie schauen.',
  yourName: 'Ihr Name',
  yourNameHint: '{{name}} sieht diesen Namen, während Sie schauen.',
  needName: 'Bitte schreiben Sie Ihren Namen, damit {{patient}} weiß, wer schaut.',
  passcode: 'Kennwort',
  passcodeHint: '{{name}} hat es Ihnen gesagt, zum Beispiel am Telefon.',
  needPasscode: 'Bitte geben Sie das Kennwort ein.',
  triesLeft_one: 'Sie können es noch einmal versuchen, dann schließt sich der Link.',
  triesLeft_other: 'Sie können es noch {{count}}-mal versuchen, dann schließt sich der Link.',
  look: 'Jetzt ansehen',
  lookAgain: 'Wieder ansehen',
  opening: 'Wird geöffnet…',
  checking: 'Der Link wird geprüft…',
  none: {
    title: 'Hier ist kein Link',
    text: 'Öffnen Sie den Link, den Sie bekommen haben, die ganze Zeile. Sie enthält ein „#“. Hilft das nicht, bitten Sie um einen neuen Link.',
  },
  refused: 'Dieser Link öffnet sich nicht',
  welcomeBack: 'Willkommen zurück, {{name}}',
};
