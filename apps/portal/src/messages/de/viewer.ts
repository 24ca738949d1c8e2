import type { viewer as english } from '../en/viewer.js';

export const viewer: typeof english = {
  barLabel: 'Diese Ansicht',
  displayLabel: 'Das Bild von {{title}}',
  displayHelpControl:
    'Solange das Bild den Fokus hat, gehen alle Tasten dorthin. Strg, Alt und Umschalt zusammen bringen Sie auf diese Seite zurück.',
  displayHelpView: 'Sie können schauen; Tasten und Maus bewirken hier nichts.',
  watermark: 'Ihr Name steht über dem Bild.',
  keysGo: 'Die Tasten gehen an das Bild. Strg + Alt + Umschalt bringt Sie zurück.',
  people: 'Wer ist hier',
  peopleCount_one: '{{count}} Person schaut',
  peopleCount_other: '{{count}} Personen schauen',
  steers: 'darf steuern',
  looks: 'schaut nur',
  by: 'kam über einen Link',
  sendOut: 'Hinausbitten',
  sendOutNamed: 'Hinausbitten: {{name}}',
  sentOut: '{{name}} wurde hinausgebeten.',
  joined: '{{name}} schaut jetzt mit.',
  left: '{{name}} ist gegangen.',
  share: 'Freigeben',
  close: 'Schließen',
  closing: 'Wird geschlossen…',
  more: 'Mehr zu dieser Ansicht',
  timeLeft: 'noch {{time}}',
  timeLeftTitle: 'Endet {{until}}',
  idleSoon:
    'Eine Weile hat sich niemand gerührt. Diese Ansicht schließt in {{time}}, wenn Sie nicht die Maus über dem Bild bewegen oder es berühren.',
  endsSoon: 'Diese Ansicht endet in {{time}}.',
  exact: 'Exaktes Bild',
  exactLong: 'Was Sie sehen, ist Punkt für Punkt das, was der Betrachter zeigt.',
  reduced: 'Vereinfachtes Bild',
  reducedLong:
    'Was sich bewegt hat, ist komprimiert. Es ist wieder exakt, sobald es neu gezeichnet wird; „Exakt zeichnen“ unter den Punkten tut das sofort.',
  pace_zero: '{{ms}} ms zum Server und zurück · im Moment bewegt sich nichts',
  pace_one: '{{ms}} ms zum Server und zurück · {{count}} Bild pro Sekunde',
  pace_other: '{{ms}} ms zum Server und zurück · {{count}} Bilder pro Sekunde',
  repaint: 'Exakt zeichnen',
  good: 'Verbunden',
  slow: 'Bild steht still',
  stalled:
    'Vom Server ist eine Weile nichts gekommen; das Bild kann veraltet sein. Es geht von selbst weiter.',
  connecting: 'Wird verbunden…',
  lost: 'Verbindung verloren',
  reconnecting: 'Die Verbindung ist abgebrochen. Sie wird wiederhergestellt. Es ist nichts verloren.',
  reconnected: 'Die Verbindung ist wieder da.',
  offline: 'Ihr Gerät ist offline. Es geht weiter, sobald die Verbindung wieder da ist.',
  step: {
    waiting: 'Warten auf einen freien Platz',
    folder: 'Ihr Ordner wird vorbereitet',
    viewer: 'Der Betrachter wird gestartet',
    opening: 'Es wird im Betrachter geöffnet',
    showing: 'Hier ist es',
  },
  standing: {
    next: 'Sie sind als Nächstes dran.',
    ahead_one: 'Eine andere Person ist vor Ihnen dran.',
    ahead_other: '{{count}} andere sind vor Ihnen dran.',
    full: 'Im Moment sind alle Plätze besetzt. Spätestens um {{time}} ist einer frei, wahrscheinlich früher.',
    stay: 'Lassen Sie diese Seite offen: Es geht von selbst los.',
  },
  stepsLabel: 'Fortschritt',
  stepDone: 'fertig',
  stepNow: 'jetzt',
  takesLong: 'Das dauert länger als sonst. Es läuft noch.',
  fullScreen: 'Vollbild',
  leaveFullScreen: 'Vollbild verlassen',
  touch: 'Berührung',
  touchDirect: 'Der Finger zeigt direkt',
  touchPad: 'Der Finger bewegt den Zeiger',
  keyboardHelp: 'Tastatur',
  keyboardHelpText:
    'Klicken Sie ins Bild oder gehen Sie mit der Tabulatortaste hinein: Von da an wirken die Tasten dort. Strg + Alt + Umschalt zusammen bringt Sie zur Leiste zurück.',
  viewerName: 'Gezeigt mit {{viewer}}',
  walls: {
    standard: 'Er ist abgeschottet: kein Netz, und nichts in Reichweite als das, was Sie geöffnet haben.',
    strong:
      'Er ist stark abgeschottet: kein Netz, ein eigenes System, und nichts in Reichweite als das, was Sie geöffnet haben.',
    vm: 'Er läuft in einem eigenen virtuellen Rechner: kein Netz, und nichts in Reichweite als das, was Sie geöffnet haben.',
  },
  buildWalls:
    'Eine Kopie eines Images, die Sie verändern. Sie hat Netz und niemandes Akte: nur erfundene Beispieldaten.',
  egress: {
    open: 'Darf senden',
    openLong:
      'Dieser Betrachter darf Daten an {{places}} senden, weil Sie es erlaubt haben. Wird jemand anderes hereingelassen, endet das vorher, und zwar endgültig.',
    closed: 'Sendet nichts mehr',
    closedLong:
      'Dieser Betrachter durfte Daten an {{places}} senden. Das ist zu Ende und kommt nicht wieder, solange er offen ist.',
  },
  notKept: 'Noch nicht in Ihrer Akte',
  notKeptText:
    'Nur Sie können das sehen, und niemand kann eingeladen werden. Schließen Sie es und sagen Sie dann, ob Sie es behalten möchten.',
  whatYouMay: 'Was Sie dürfen',
  mayControl: 'Schauen und mit Maus, Tastatur und Finger steuern',
  mayView: 'Schauen',
  ended: {
    title: 'Diese Ansicht ist geschlossen',
    stopped: 'Sie wurde geschlossen. Nichts davon wird aufbewahrt; Ihre Akte ist wie vorher.',
    saved: 'Wurde im Betrachter etwas gespeichert, wartet es in Ihrer Akte auf Ihr Ja oder Nein.',
    'time-up': 'Die Zeit ist um. Ihre Akte ist wie vorher. Sie können es wieder öffnen.',
    idle: 'Eine Weile hat sich niemand gerührt, darum wurde sie geschlossen. Sie können es wieder öffnen.',
    revoked: 'Die Person, die Sie eingeladen hat, hat sie beendet.',
    'viewer-crashed':
      'Der Betrachter ist unerwartet stehen geblieben. Ihre Akte ist sicher. Bitte öffnen Sie es noch einmal.',
    'out-of-memory':
      'Das war zu viel für den Betrachter, darum wurde er geschlossen. Ihre Akte ist sicher. Bitte öffnen Sie einen kleineren Teil, zum Beispiel eine Aufnahme statt mehrerer.',
    'guest-lost':
      'Der Betrachter ist unerwartet stehen geblieben. Ihre Akte ist sicher. Bitte öffnen Sie es noch einmal.',
    'too-large':
      'Diese Kopie hat mehr als 8 GB der Festplatte belegt, so viel, wie eine darf. Sie ist weg; bitte öffnen Sie eine neue.',
    'start-failed':
      'Der Betrachter konnte nicht gestartet werden. Ihre Akte ist sicher. Bitte versuchen Sie es noch einmal.',
    'took-too-long':
      'Der Betrachter brauchte zu lange zum Starten und wurde beendet. Bitte versuchen Sie es noch einmal.',
    'ended-by-admin': 'Der Betreiber dieser Seite hat sie geschlossen. Ihre Akte ist sicher.',
    other: 'Sie ist nicht mehr offen. Ihre Akte ist sicher.',
    again: 'Noch einmal öffnen',
    home: 'Zu meiner Akte',
    elsewhere:
      'Die Unterbrechung war zu lang, um die Ansicht wiederherzustellen. Drücken Sie den Knopf, um wieder zu schauen.',
    look: 'Wieder schauen',
  },
  cut: {
    title: 'Sie wurden hinausgebeten',
    text: 'Die Person, die Sie eingeladen hat, hat diese Ansicht für Sie beendet.',
  },
  visitorEnded: 'Auf Ihrem Gerät wurde nichts gespeichert. Sie können dieses Fenster schließen.',
};
