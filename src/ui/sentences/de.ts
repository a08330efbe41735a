// Every sentence of the screens in German.

import type { Sentences } from './en.ts'
import { numberIn, pluralIn } from './plural.ts'

const plural = pluralIn('de')
const number = numberIn('de')

export const de: Sentences = {
  direction: 'ltr',

  common: {
    parley: 'Parley',
    back: 'Zurück',
    cancel: 'Abbrechen',
    save: 'Speichern',
    saved: 'Gespeichert',
    notNow: 'Nicht jetzt',
    unnamed: 'Kontakt ohne Namen',
    you: 'Du',
    loading: 'Parley wird geöffnet',
    notConfirmedYet: 'Noch nicht bestätigt',
  },

  home: {
    tagline: 'Sprich mit einem Menschen, und mit niemandem sonst.',
    showCode: 'Code zeigen',
    enterCode: 'Code eingeben',
    conversations: 'Gespräche',
    search: 'Suchen',
    settings: 'Einstellungen',
    unread: (count) => plural(count, { one: '# ungelesene Nachricht', other: '# ungelesene Nachrichten' }),
    unreadShort: (count) => (count > 99 ? '99+' : String(count)),
    draft: 'Entwurf:',
    youWrote: 'Du:',
    noMessagesYet: 'Noch keine Nachrichten',
    identityChanged: 'Identität hat sich geändert',
    fetching: 'Nachrichten werden geholt',
    fetched: (done, total) => `${number(done)} von ${number(total)}`,
    unconfirmed: (count) =>
      plural(count, {
        one: 'Eine Verbindung wurde noch nicht beantwortet. Sie erscheint hier, sobald das andere Gerät antwortet.',
        other: '# Verbindungen wurden noch nicht beantwortet. Sie erscheinen hier, sobald die anderen Geräte antworten.',
      }),
    emptyTitle: 'Noch niemand da',
    emptySteps: [
      'Eine Person zeigt einen Code.',
      'Sie liest ihn vor, persönlich oder am Telefon.',
      'Die andere tippt ihn ein. Das ist alles.',
    ],
    noAccount: 'Kein Konto, keine Telefonnummer, nichts zu installieren.',
    restore: 'Sicherung wiederherstellen',
    chooseTitle: 'Wähle ein Gespräch',
    chooseText: 'Oder verbinde dich mit jemand Neuem: Eine Person zeigt einen Code, die andere tippt ihn ein.',
  },

  introductions: {
    title: 'Vorgestellt',
    introducedBy: (byName) => `vorgestellt von ${byName}`,
    write: 'Schreiben',
    refuse: 'Ablehnen',
    refuseTitle: (name) => `${name} ablehnen?`,
    refuseText: (name) => `Nichts, was ${name} schickt, wird hier gezeigt, es sei denn, ihr verbindet euch eines Tages durch einen Code.`,
    refuseConfirm: 'Vorstellung ablehnen',
  },

  search: {
    title: 'Suche',
    titleIn: (name) => `Suche bei ${name}`,
    label: 'In Nachrichten suchen',
    labelIn: 'In der Unterhaltung suchen',
    hint: 'Der Anfang eines Wortes genügt.',
    results: 'Gefundene Nachrichten',
    found: (count) => plural(count, { one: '# Nachricht gefunden', other: '# Nachrichten gefunden' }),
    nothing: 'Keine Nachrichten gefunden',
    behind: (count) => plural(count, { one: '# Nachricht wird noch durchsucht', other: '# Nachrichten werden noch durchsucht' }),
    more: 'Mehr anzeigen',
    toFirst: 'Zur ersten Nachricht',
  },

  showCode: {
    title: 'Code zeigen',
    yourCode: 'Dein Code',
    yourSixDigits: 'Deine sechs Ziffern',
    readAloud: 'Lies ihn vor. Er gilt einmal.',
    onlyFor: (name) => `Dieser Code ist für ${name}. Lies ihn sonst niemandem vor.`,
    linkOnly: 'Schicke den Link und lies dann diese sechs Ziffern vor. Sie gelten einmal.',
    copyLink: 'Link kopieren',
    copied: 'Link kopiert. Der Code steht nicht darin: Lies die letzten sechs Ziffern vor.',
    notCopied: 'Dein Browser hat das Kopieren nicht erlaubt. Markiere stattdessen den Link:',
    qrCode: 'QR-Code',
    qrHint: 'Scanne ihn mit dem anderen Gerät und tippe dort die letzten sechs Ziffern ein.',
    expiresIn: (time) => `läuft ab in ${time}`,
    preparing: 'Code wird geholt',
    cancel: 'Abbrechen',
    newCode: 'Neuen Code holen',
    useLink: 'Den Link verwenden',
    connectAnyway: 'Verstanden, neuen Code holen',
  },

  enterCode: {
    title: 'Code eingeben',
    prompt: 'Tippe den Code ein, den die andere Person dir vorliest.',
    promptFrom: (name) => `Tippe den Code ein, den ${name} dir vorliest.`,
    titleByLink: 'Tippe jetzt die sechs Ziffern ein',
    promptByLink: 'Der Link hat dich an den richtigen Ort geführt. Die andere Person liest dir sechs Ziffern vor.',
    code: 'Code',
    connect: 'Verbinden',
    anotherCode: 'Anderen Code eingeben',
    scan: 'QR-Code scannen',
    stopScanning: 'Kamera ausschalten',
    scanning: 'Halte den anderen Bildschirm vor die Kamera.',
    camera: 'Kamerabild',
    cancel: 'Abbrechen',
    wholeCode: 'Ich habe stattdessen den ganzen Code',
  },

  codeField: {
    empty: 'Tippe zuerst den Code ein.',
    'not-digits': 'Ein Code besteht nur aus Ziffern.',
    'too-short': 'Es fehlen Ziffern. Ein Code hat acht bis zehn.',
    'too-long': 'Das sind zu viele Ziffern. Ein Code hat acht bis zehn.',
    'six-digits': 'Tippe genau die sechs Ziffern ein, die dir vorgelesen werden.',
    'other-address': 'Dieser Link gehört zu einer anderen Adresse von Parley. Öffne ihn in einem neuen Tab.',
    'not-an-invitation': 'Das ist keine Einladung zu Parley.',
    'no-camera': 'Die Kamera ließ sich nicht verwenden. Tippe stattdessen den Code ein.',
  },

  progress: {
    host: {
      'reaching-relay': 'Der Treffpunkt wird gesucht',
      waiting: 'Warten auf die andere Person',
      joined: 'Jemand ist da',
      checking: 'Der Code wird geprüft',
      'opening-line': 'Eine direkte Leitung wird geöffnet',
      unconfirmed: 'Noch nicht bestätigt. Das andere Gerät muss noch antworten; du kannst diese Seite verlassen.',
      ready: 'Fertig',
      linked: 'Hinzugefügt',
    },
    guest: {
      'reaching-relay': 'Der Treffpunkt wird gesucht',
      joined: 'Warten auf das andere Gerät',
      checking: 'Der Code wird geprüft',
      'opening-line': 'Eine direkte Leitung wird geöffnet',
      ready: 'Fertig',
      linked: 'Hinzugefügt',
    },
  },

  devices: {
    part: 'Geräte',
    title: 'Deine Geräte',
    alone: 'Parley ist nur auf diesem Gerät.',
    several: (count) => `Parley ist auf ${count} deiner Geräte.`,
    what: 'Jedes deiner Geräte hat alle deine Personen und alles, was seit dem Tag gesagt wird, an dem es hinzugefügt wurde.',
    unnamed: 'Gerät ohne Namen',
    isThis: 'Dieses Gerät',
    isMain: 'Hauptgerät',
    added: (when) => `Hinzugefügt: ${when}`,
    heard: (when) => `Zuletzt gehört: ${when}`,
    unheard: 'Noch nichts gehört',
    unused: 'Seit 90 Tagen nicht benutzt. Wenn du es nicht mehr hast, entferne es.',
    unfinished:
      'Nach dem Hinzufügen hat es nie geantwortet. Wenn es deine Personen nicht zeigt, entferne es und füge es noch einmal hinzu.',
    onlyMain: 'Geräte werden auf dem Hauptgerät hinzugefügt und entfernt.',
    endsAt: (when) =>
      `Dein Hauptgerät hat sich lange nicht gemeldet. Öffne Parley dort vor dem ${when}, oder stelle seine Sicherung wieder her: Danach hält niemand Neues dieses Gerät für deines.`,
    hasEnded:
      'Dein Hauptgerät hat sich zu lange nicht gemeldet. Niemand Neues hält dieses Gerät für deines, bis Parley dort geöffnet oder seine Sicherung wiederhergestellt wird. Geht beides nicht, leere deine Geräte und verbinde dich neu mit deinen Personen: Sie sehen, dass deine Identität sich geändert hat.',
    makeMain: 'Dieses zum Hauptgerät machen',
    asked: 'Gefragt. Öffne auf dem Hauptgerät Einstellungen, Deine Geräte und stimme dort zu.',
    wantsToBeMain:
      'Dieses Gerät möchte das Hauptgerät sein. Stimme nur zu, wenn du selbst dort darum gebeten hast: Von da an fügt nur noch dieses Geräte hinzu und entfernt sie.',
    giveMain: 'Zustimmen',
    offered: 'Du hast zugestimmt. Öffne Parley auf beiden Geräten: Dieses wird das Hauptgerät, sobald die beiden einander erreichen.',
    keepMain: 'Doch nicht',
    given:
      'Es wird das Hauptgerät. Bis es das bestätigt, kann kein Gerät hinzugefügt oder entfernt werden. Wenn es endgültig verloren ist, entferne es: Dann ist dieses wieder das Hauptgerät.',
    full: 'Mehr Geräte kann es nicht geben. Entferne eines, um ein anderes hinzuzufügen.',
    link: 'Gerät hinzufügen',
    remove: 'Entfernen',
    removeNamed: (name) => `${name} entfernen`,
    removeTitle: (name) => `${name} entfernen?`,
    removeText:
      'Nichts, was ab jetzt gesagt wird, erreicht es, und niemand nimmt etwas von ihm an. Was es schon hat, behält es, und wer das Gerät hat, kann es weiter lesen. Um es wieder hinzuzufügen, leere es zuerst.',
    removeGivenText:
      'Tu das nur, wenn es endgültig verloren ist. Es ist vielleicht schon das Hauptgerät: Wer es hat, könnte dann als du sprechen. Von jetzt an ist dieses wieder das Hauptgerät, und was das andere seither hinzugefügt hat, wird ebenfalls entfernt.',
    beingHanded: (done, total) => `Frühere Nachrichten kommen an: ${done} von ${total}`,
    handing: (done, total) => `Frühere Nachrichten werden gesendet: ${done} von ${total}`,
    goesOn: 'Das geht von selbst weiter, wann immer Parley auf beiden Geräten offen ist.',
  },

  linking: {
    titleMain: 'Gerät hinzufügen',
    titleNew: 'Ich benutze Parley schon',
    what: {
      main: 'Öffne Parley auf deinem anderen Gerät und wähle dort „Ich benutze Parley schon auf einem anderen Gerät“. Dann zeigt eines der beiden einen Code und das andere gibt ihn ein.',
      new: 'Dieser Browser wird eines deiner Geräte. Öffne auf deinem Hauptgerät Einstellungen, Deine Geräte, Gerät hinzufügen. Dann zeigt eines der beiden einen Code und das andere gibt ihn ein.',
    },
    /** Where a link of the other device has led here. */
    whatByLink: {
      main: 'Der Link führt zu deinem anderen Gerät. Wähle, was dieses ihm sendet, und tippe dann die sechs Ziffern ein, die es zeigt.',
      new: 'Dieser Browser wird eines deiner Geräte. Der Link führt zu deinem Hauptgerät: Tippe als Nächstes die sechs Ziffern ein, die es zeigt.',
    },
    nobodyHere: 'In diesem Browser sind noch keine deiner Personen. Wenn du in einem anderen mit ihnen sprichst, tu es dort.',
    onlyYours: 'Tu das nur mit einem eigenen Gerät: Es liest alles, was du liest.',
    history: 'Frühere Nachrichten, die es bekommt',
    histories: { none: 'Keine', month: 'Die der letzten 30 Tage', all: 'Alle' },
    name: 'Name dieses Geräts',
    nameHint: 'Alle, mit denen du sprichst, können ihn sehen. Darf leer bleiben.',
    kinds: { phone: 'Telefon', computer: 'Computer' },
    showCode: 'Code hier zeigen',
    enterCode: 'Code hier eintippen',
    prompt: 'Tippe den Code ein, den dein anderes Gerät zeigt.',
    promptByLink: 'Der Link hat dich an den richtigen Ort geführt. Tippe die sechs Ziffern ein, die dein anderes Gerät zeigt.',
    readAloud: 'Tippe ihn auf deinem anderen Gerät ein. Er gilt einmal.',
    linkOnly: 'Öffne den Link auf deinem anderen Gerät und tippe dort diese sechs Ziffern ein. Sie gelten einmal.',
    copied: 'Link kopiert. Der Code steht nicht darin: Tippe die letzten sechs Ziffern auf deinem anderen Gerät ein.',
    waiting: 'Warten auf dein anderes Gerät',
    failures: {
      'codes-differ':
        'Die Codes stimmten nicht überein. Dieser Code ist verbraucht. Hol einen neuen. (Wenn du dich nicht vertippt hast, mischt sich vielleicht jemand ein.)',
      'own-code': 'Dieser Code wird in diesem Browser selbst gezeigt. Tippe ihn auf deinem anderen Gerät ein.',
      'other-side-left': 'Das andere Gerät hat Parley geschlossen, bevor es hinzugefügt war.',
      'nobody-there': 'Kein Gerät wartet mit diesem Code. Vielleicht ist er abgelaufen.',
      expired: 'Kein Gerät wartet mit diesem Code. Vielleicht ist er abgelaufen.',
    },
    tenTries:
      'Zehn Versuche sind fehlgeschlagen. Vielleicht rät jemand deine Codes. Mach nur weiter, wenn dein anderes Gerät vor dir liegt.',
    already: 'Dieser Browser ist eines deiner Geräte.',
    toDevices: 'Zu deinen Geräten',
    done: 'Hinzugefügt. Deine Personen und ihre Namen kommen gleich an.',
    toConversations: 'Zu deinen Unterhaltungen',
    start: 'Ich benutze Parley schon auf einem anderen Gerät',
  },

  failures: {
    'codes-differ':
      'Die Codes stimmten nicht überein. Dieser Code ist verbraucht. Hol einen neuen. (Wenn sich niemand vertippt hat, mischt sich vielleicht jemand ein.)',
    'nobody-there': 'Niemand wartet mit diesem Code. Vielleicht ist er abgelaufen.',
    'room-busy': 'Jemand anderes benutzt diesen Code schon. Hol einen neuen.',
    'too-many-failures': (time) => `Zu viele Versuche. Warte ${time} oder verwende den Link.`,
    'own-code': 'Du verbindest dich mit dir selbst. Öffne Parley auf dem Gerät der anderen Person.',
    'relay-unreachable': 'Der Treffpunkt ist nicht erreichbar. Prüfe deine Verbindung oder versuche ein anderes Netz.',
    'other-side-left': 'Die andere Seite hat Parley geschlossen, bevor ihr verbunden wart.',
    expired: 'Niemand wartet mit diesem Code. Vielleicht ist er abgelaufen.',
    'other-version':
      'Die andere Seite benutzt eine andere Version von Parley. Ladet die Seite auf beiden Geräten neu und holt einen neuen Code.',
    'code-for-pairing': 'Dieser Code verbindet zwei Personen. Für ein eigenes Gerät brauchst du einen Code unter „Gerät hinzufügen“.',
    'code-for-linking': 'Dieser Code fügt ein eigenes Gerät hinzu. Um dich mit einer Person zu verbinden, muss sie „Code zeigen“ wählen.',
    'same-role': 'Eines der beiden muss das Gerät sein, das du schon benutzt, das andere ein neues. Der Code gilt noch.',
    'somebody-here':
      'In diesem Browser benutzt schon jemand Parley, deshalb kann er kein weiteres deiner Geräte werden. Nimm einen anderen Browser, oder leere zuerst dieses Gerät.',
    'cannot-list': 'Dieses Gerät kann kein weiteres hinzufügen: Das kann nur das Hauptgerät, und mehr als zehn kann es nicht geben.',
  },
  hostFailures: {
    expired: 'Dieser Code ist abgelaufen. Nichts ist verloren; hol einen neuen.',
    'ten-tries':
      'Zehn Versuche sind fehlgeschlagen. Vielleicht rät jemand deine Codes. Mach nur weiter, wenn du gerade mit der anderen Person sprichst.',
  },

  conversation: {
    search: 'In der Unterhaltung suchen',
    messages: 'Nachrichten',
    message: 'Nachricht',
    messageHint: 'Schreib eine Nachricht',
    send: 'Senden',
    connection: 'Verbindung',
    lines: { direct: 'Direkt', relay: 'Über das Relay', offline: 'Nicht verbunden' },
    details: 'Kontaktdetails',
    states: { waiting: 'Wartet', 'on-relay': 'Beim Relay', delivered: 'Zugestellt', failed: 'Fehlgeschlagen', received: 'Empfangen' },
    stateMeanings: {
      waiting: 'Bisher nur auf diesem Gerät. Sie geht von selbst hinaus, sobald das Relay oder das andere Gerät erreichbar ist.',
      'on-relay': 'Das Relay bewahrt sie versiegelt auf, bis das andere Gerät sie abholt. Du kannst Parley schließen.',
      delivered: 'Das Gerät der anderen Person hat sie.',
      failed: 'Sie konnte nicht zugestellt werden.',
      received: 'Sie ist hier angekommen.',
    },
    sentAt: (time) => `Gesendet ${time}.`,
    resend: 'Noch einmal senden',
    newMessages: 'Neue Nachrichten',
    renewed: (name: string) => `Die sichere Verbindung zu ${name} wurde erneuert.`,
    moved: (name: string) => `Die Geräte, auf denen ${name} Parley benutzt, haben sich geändert.`,
    jumpToNewest: (count) =>
      count === 0 ? 'Neueste Nachrichten' : plural(count, { one: '# neue Nachricht', other: '# neue Nachrichten' }),
    arrived: (name, text) => `${name}: ${text}`,
    tooLong: (bytes) =>
      plural(bytes, {
        one: 'Diese Nachricht ist # Byte zu lang. Kürze sie oder schick sie in zwei Teilen.',
        other: 'Diese Nachricht ist # Bytes zu lang. Kürze sie oder schick sie in zwei Teilen.',
      }),
    emptyTitle: 'Ihr seid verbunden',
    emptyText: 'Was ihr hier schreibt, könnt nur ihr beide lesen.',
    nameLabel: 'Wie nennst du die Person?',
    nameHint: 'Nur du siehst diesen Namen.',
    noDirectLine: 'Eine direkte Verbindung war hier nicht möglich. Nachrichten gehen über das Relay, weiterhin Ende-zu-Ende-verschlüsselt.',
    directBlocked:
      'Dieser Browser verhindert direkte Verbindungen (oft wegen eines VPN oder einer Datenschutzeinstellung). Nachrichten gehen über das Relay.',
    keepStorage: 'Browser dürfen löschen, was eine Seite gespeichert hat. Bitte deinen, deine Gespräche zu behalten.',
    keepStorageButton: 'Behalten',
    ownNameHint: (name) =>
      `Damit alle, mit denen du dich von nun an verbindest, sehen, wer du bist. ${name} erfährt ihn nicht: Ihr seid schon verbunden.`,
    introducedTitle: 'Ihr könnt einander schreiben',
    introducedText: (byName) =>
      `${byName} hat euch einander vorgestellt. Dass es die richtige Person ist, sagt nur ${byName}, bis ihr euch durch einen Code verbindet.`,
    mailboxFull: (name) => `Das Postfach von ${name} ist voll. Deine Nachrichten warten hier, bis es geleert ist.`,
    stopped: 'Nichts kann gesendet werden, bis du über die geänderte Identität entschieden hast. Was du geschrieben hast, bleibt hier.',
    replaced: (name) => `${name} hat jetzt eine neue Identität mit einem eigenen Gespräch. In diesem kann nichts mehr gesendet werden.`,
    unknown: 'Dieses Gespräch gibt es auf diesem Gerät nicht.',
  },

  removed: {
    stopped: 'Von diesem Gerät wird nichts mehr gesendet.',
    text: 'Dieses Gerät gehört nicht mehr zu deinen: Es wurde auf deinem Hauptgerät entfernt, oder Parley wurde auf einem anderen Gerät wiederhergestellt, das den Platz von diesem eingenommen hat. Was hier ist, lässt sich lesen; gesendet wird nichts mehr. Um es neu hinzuzufügen, leere es zuerst.',
  },

  identity: {
    changed: (name) => `Die Identität von ${name} hat sich geändert.`,
    meaning: (name) =>
      `Vielleicht hat ${name} auf einem Gerät neu begonnen, vielleicht gibt sich jemand für ${name} aus. Frage persönlich oder in einem Anruf nach. Bis du entscheidest, wird nichts gesendet.`,
    accept: 'Die neue Identität annehmen',
    keep: 'Die alte behalten',
  },

  details: {
    title: 'Kontaktdetails',
    name: 'Name',
    nameHint: 'Nur du siehst diesen Namen.',
    safetyNumber: 'Sicherheitsnummer',
    safetyText: (name) =>
      `Vergleiche diese Nummer mit der, die ${name} sieht, persönlich oder in einem Anruf. Sind sie gleich, sitzt niemand zwischen euch.`,
    pairedByCode: (date) => `Durch einen Code verbunden am ${date}`,
    introducedBy: (byName) => `Vorgestellt von ${byName}`,
    introducedText: (byName) =>
      `Dass es die richtige Person ist, sagt nur ${byName}. Verbindet euch durch einen Code, persönlich oder in einem Anruf, dann hängt es von niemandem mehr ab.`,
    devices: (count) =>
      count === 0
        ? 'Noch ist nicht bekannt, auf wie vielen Geräten deine Nachrichten gelesen werden.'
        : plural(count, { one: 'Deine Nachrichten gehen an # Gerät.', other: 'Deine Nachrichten gehen an # Geräte.' }),
    pairByCode: 'Durch einen Code verbinden',
    pairAgain: 'Neu verbinden',
    pairAgainText: (name) =>
      `Wenn ${name} neu begonnen hat oder du sicher sein willst, wer es ist: Eine Person zeigt einen Code, die andere tippt ihn ein.`,
    introduce: 'Vorstellen ...',
    introduceTitle: (name) => `Wem möchtest du ${name} vorstellen?`,
    introduceText: (name) =>
      `${name} und die gewählte Person erfahren jeweils die Identität der anderen und den Namen, den du ihr gegeben hast, und können einander schreiben.`,
    introduceSearch: 'Suchen',
    introduceNobody: 'So heißt niemand.',
    introduceConfirm: 'Vorstellen',
    introduced: (name, otherName) => `${name} und ${otherName} erfahren voneinander.`,
    clear: 'Nachrichten löschen',
    clearTitle: (name) => `Alle Nachrichten mit ${name} löschen?`,
    clearText:
      'Sie werden von diesem Gerät gelöscht, und noch nicht zugestellte gehen verloren. Die andere Person behält ihre, und du kannst weiter schreiben.',
    clearElsewhere: 'Deine anderen Geräte behalten ihre: Lösche sie auch dort.',
    clearConfirm: 'Nachrichten löschen',
    remove: 'Kontakt entfernen',
    removeTitle: (name) => `${name} entfernen?`,
    removeText:
      'Alle Nachrichten mit diesem Kontakt werden von diesem Gerät gelöscht, und noch nicht zugestellte gehen verloren. Um wieder zu sprechen, müsst ihr euch neu verbinden.',
    removeElsewhere: 'Deine anderen Geräte ziehen nach: Auch dort wird entfernt und gelöscht.',
    removeConfirm: 'Entfernen und löschen',
  },

  settings: {
    title: 'Einstellungen',
    you: 'Du',
    displayName: 'Dein Name',
    displayNameHint: 'Wird anderen vorgeschlagen, wenn du dich mit ihnen verbindest. Darf leer bleiben.',
    nameTooLong: 'Dieser Name ist zu lang.',
    arrivals: 'Neue Nachrichten',
    appearance: 'Aussehen',
    theme: 'Farben',
    themes: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
    language: 'Sprache',
    languageOfBrowser: 'Wie der Browser',
    storage: 'Speicher',
    used: (used, quota) => `${used} von ${quota} belegt`,
    measuring: 'Wird gemessen',
    persistent: 'Dein Browser hat zugesagt, die Daten von Parley zu behalten.',
    notPersistent: 'Dein Browser darf die Daten von Parley löschen, wenn der Platz knapp wird oder du lange nicht hier warst.',
    askToKeep: 'Um Behalten bitten',
    declined: 'Dein Browser hat noch nicht zugestimmt. Vielleicht, wenn du Parley öfter benutzt, als Lesezeichen setzt oder installierst.',
    wipe: 'Dieses Gerät leeren',
    wipeText: 'Löscht jedes Gespräch, jeden Kontakt und jeden Schlüssel aus diesem Browser und was das Relay für ihn aufbewahrt.',
    wipeTitle: 'Dieses Gerät leeren?',
    wipeWarning:
      'Jedes Gespräch, jeder Kontakt und jeder Schlüssel in diesem Browser wird gelöscht. Niemand kann sie zurückholen, und du musst dich mit allen neu verbinden.',
    wipeOfSeveral: {
      giving:
        'Alle Unterhaltungen, Kontakte und Schlüssel in diesem Browser werden gelöscht. Deine anderen Geräte behalten ihre. Ein anderes wird gerade zum Hauptgerät: Warte, bis es unter „Deine Geräte“ so heißt. Was dieses noch nicht gesendet hat, wird mit gelöscht, und ohne Hauptgerät kannst du kein Gerät mehr hinzufügen oder entfernen.',
      linked:
        'Alle Unterhaltungen, Kontakte und Schlüssel in diesem Browser werden gelöscht. Deine anderen Geräte behalten ihre. Entferne dieses auch auf deinem Hauptgerät.',
      main: 'Alle Unterhaltungen, Kontakte und Schlüssel in diesem Browser werden gelöscht. Deine anderen Geräte behalten ihre, aber dieses ist das Hauptgerät: Ohne es oder seine Sicherung kannst du kein Gerät mehr hinzufügen oder entfernen. Mach zuerst ein anderes zum Hauptgerät.',
      removed: 'Alle Unterhaltungen, Kontakte und Schlüssel in diesem Browser werden gelöscht. Deine anderen Geräte behalten ihre.',
    },
    wipeConfirm: 'Alles löschen',
    version: (version) => `Parley ${version}`,
  },

  backup: {
    part: 'Sicherung',
    title: 'Sichern',
    backUp: 'Sichern',
    never: 'Von dem, was hier ist, gibt es keine Sicherung. Verliert dieser Browser es, ist es weg.',
    last: (date: string) => `Letzte Sicherung: ${date}`,
    notMain:
      'Sicherungen macht dein Hauptgerät: Nur dort ist der Schlüssel deiner Identität, ohne den niemand aus einer Sicherung als du weitermachen könnte. Was hier gesagt wird, ist auch dort. Um eine lesbare Kopie dieser Unterhaltungen zu behalten, exportiere sie.',
    fileKind: 'Parley-Sicherung',
    what: 'Eine Datei mit deinen Kontakten, Unterhaltungen und Einstellungen, verschlüsselt. Mit ihr machst du in einem anderen Browser als dieselbe Person weiter; dieser hier wird dann abgemeldet.',
    choose: 'Womit soll sie sich öffnen lassen?',
    withWords: 'Zwölf Wörter',
    withPassphrase: 'Eine eigene Passphrase',
    words: 'Wiederherstellungswörter',
    writeDown: 'Schreibe diese zwölf Wörter in dieser Reihenfolge auf Papier.',
    onlyOnce:
      'Sie werden dieses eine Mal gezeigt und nirgends aufbewahrt. Ohne sie kann niemand die Sicherung öffnen, und wer beides hat, kann alles lesen.',
    written: 'Ich habe sie aufgeschrieben',
    showAgain: 'Wörter noch einmal zeigen',
    confirm: 'Tippe zur Sicherheit zwei davon ein.',
    word: (place: number) => `Wort ${place}`,
    wrongWord: 'Das ist ein anderes Wort als das gezeigte.',
    passphraseText: 'Wer die Datei hat, kann beliebig lange Passphrasen probieren. Nimm mehrere Wörter, die niemand errät.',
    passphrase: 'Neue Passphrase',
    passphraseHint: (least: number) => `Mindestens ${least} Zeichen.`,
    passphraseShort: (least: number) => `Das ist zu kurz. Nimm mindestens ${least} Zeichen.`,
    passphraseAgain: 'Passphrase noch einmal',
    passphraseDiffers: 'Die beiden sind nicht gleich.',
    save: 'Jetzt sichern',
    again: 'Noch einmal versuchen',
    keepSafe: 'Bewahre die Datei und das, was sie öffnet, getrennt voneinander auf, und nicht auf diesem Gerät.',
    toSettings: 'Zurück zu den Einstellungen',
    folderChoice:
      'Oder wähle einen Ordner auf diesem Gerät, zum Beispiel einen, der anderswohin kopiert wird. Eine neue Sicherung kommt dann von selbst dorthin, einmal am Tag, solange Parley offen ist, wenn sich etwas geändert hat. Zwölf Wörter öffnen sie.',
    chooseFolder: 'Ordner wählen',
    folderOnlyOnce:
      'Sie werden dieses eine Mal gezeigt. Ohne sie kann niemand die Sicherungen anderswo öffnen, und wer beides hat, kann alles lesen. Parley bewahrt ihren Schlüssel bei seinen eigenen Daten auf, um weiterschreiben zu können.',
    folderGoes: (name: string) =>
      `Sicherungen kommen von selbst in den Ordner „${name}“: einmal am Tag, solange Parley offen ist, wenn sich etwas geändert hat. Die letzten zwei bleiben dort.`,
    folderLast: (date: string) => `Letzte Sicherung im Ordner: ${date}`,
    folderFailed: (date: string) => `${date}: Dort ließ sich keine Sicherung schreiben.`,
    folderWhyNot: {
      'not-permitted': 'Der Browser möchte, dass du es noch einmal erlaubst.',
      'folder-gone': 'Den Ordner gibt es nicht mehr. Stelle ihn wieder her, oder beende das und wähle einen anderen.',
      'file-failed': 'Die Datei ließ sich nicht schreiben. Was vorher da war, bleibt.',
      'storage-full': 'Es ist kein Platz mehr. Was vorher da war, bleibt.',
      unexpected: 'Etwas ist schiefgegangen. Was vorher da war, bleibt.',
    },
    folderNow: 'Jetzt dorthin sichern',
    folderAllow: 'Erlauben und sichern',
    folderLeave: 'Nicht mehr dorthin sichern',
  },

  restore: {
    title: 'Sicherung wiederherstellen',
    what: 'Wähle die Datei einer Sicherung. Du machst in diesem Browser als dieselbe Person weiter, mit deinen Kontakten und Unterhaltungen.',
    former: 'Der Browser, in dem die Sicherung entstand, wird abgemeldet: Von dort lässt sich nichts mehr senden.',
    file: 'Sicherungsdatei',
    noFile: 'Wähle zuerst die Datei.',
    secret: 'Zwölf Wörter oder Passphrase',
    secretHint: 'Die Wörter in ihrer Reihenfolge, dazwischen je ein Leerzeichen.',
    noSecret: 'Tippe ein, was die Sicherung öffnet.',
    restore: 'Wiederherstellen',
    notEmpty:
      'Eine Sicherung lässt sich nur dort wiederherstellen, wo noch niemand ist. Dieser Browser hat Kontakte: Nimm einen anderen, oder lösche erst dieses Gerät.',
    fresh: 'Deine Kontakte erfahren, dass du von einem anderen Gerät schreibst. Was nicht zugestellt war, wird noch einmal gesendet.',
    toConversations: 'Zu deinen Unterhaltungen',
  },

  exporting: {
    all: 'Alle Unterhaltungen exportieren',
    one: 'Unterhaltung exportieren',
    fileKind: 'Webseite',
    warningTitle: 'Eine lesbare Kopie speichern?',
    warning: 'Die Datei kann jeder lesen, der sie in die Hände bekommt: Sie ist nicht verschlüsselt.',
    confirm: 'Kopie speichern',
    title: 'Unterhaltungen aus Parley',
    madeAt: 'Exportiert am {time}.',
    failed: 'nicht zugestellt',
  },

  transfers: {
    running: { backup: 'Die Sicherung wird geschrieben', restore: 'Wird wiederhergestellt', export: 'Die Kopie wird geschrieben' },
    done: {
      backup: (size: string, time: string) => `Sicherung gespeichert: ${size}, ${time}.`,
      restore: () => 'Alles ist wieder da.',
      export: (size: string) => `Kopie gespeichert: ${size}.`,
    },
    whyNot: {
      'not-a-backup': 'Diese Datei ist keine Sicherung von Parley.',
      'newer-version': 'Diese Sicherung stammt von einem neueren Parley. Lade die Seite neu und versuche es noch einmal.',
      truncated: 'Das Ende dieser Datei fehlt. Kopiere sie noch einmal von dort, wo sie gespeichert wurde.',
      altered:
        'Diese Datei ist beschädigt oder wurde verändert, deshalb wird nichts von ihr verwendet. Kopiere sie noch einmal von dort, wo sie gespeichert wurde.',
      'wrong-secret': 'Diese Wörter oder diese Passphrase öffnen diese Sicherung nicht.',
      'not-twelve-words': 'Diese Sicherung öffnet sich mit zwölf Wörtern. Tippe sie alle ein.',
      'unknown-word': 'Eines dieser Wörter steht nicht in der Liste, aus der Wiederherstellungswörter sind. Suche nach einem Tippfehler.',
      mistyped: 'Diese zwölf Wörter gehören nicht zusammen. Suche nach einem, das vertippt oder vertauscht ist.',
      'passphrase-empty': 'Tippe zuerst die Passphrase ein.',
      'no-memory': 'Der Speicher reicht nicht, um die Passphrase zu prüfen. Schließe andere Tabs und versuche es noch einmal.',
      'not-empty': 'Eine Sicherung lässt sich nur dort wiederherstellen, wo noch niemand ist. Nichts wurde verändert.',
      'nothing-here': 'Hier ist nichts, was sich speichern ließe.',
      'not-main': 'Nur dein Hauptgerät kann eine Sicherung machen. Mach dort eine.',
      'file-failed': 'Die Datei ließ sich nicht schreiben oder lesen. Hier wurde nichts verändert.',
      'storage-full': 'Auf diesem Gerät ist kein Platz mehr. Nichts wurde verändert; schaffe Platz und versuche es noch einmal.',
      'storage-failed': 'Die Daten von Parley ließen sich nicht lesen oder schreiben. Lade die Seite neu und versuche es noch einmal.',
      unexpected: 'Etwas ist schiefgegangen, und nichts wurde verändert. Lade die Seite neu und versuche es noch einmal.',
    },
  },

  lock: {
    title: 'Sperre',
    none: 'Parley hat keine Sperre. Wer jetzt die Platte dieses Geräts kopiert, kann alles in Parley lesen: die Schlüssel liegen neben dem, was sie schützen.',
    isSet:
      'Parley ist durch eine Passphrase gesperrt. Alles auf der Platte dieses Geräts ist mit einem Schlüssel verschlüsselt, der nirgends aufbewahrt wird.',
    limits:
      'Eine Sperre schützt, was auf der Platte liegt, solange Parley gesperrt ist. Sie schützt kein entsperrtes Parley und nicht vor dem, der diese Seite oder dieses Gerät verändert. Was vorher auf der Platte stand, kann in alten Blöcken des Laufwerks zu finden sein.',
    set: 'Sperre einrichten',
    lockNow: 'Jetzt sperren',
    change: 'Passphrase ändern',
    remove: 'Sperre entfernen',
    addPasskey: 'Passkey hinzufügen',
    removePasskey: 'Passkey entfernen',
    autoLock: 'Ohne Aktivität sperren',
    afterMinutes: (minutes) => plural(minutes, { one: 'Nach einer Minute', other: 'Nach # Minuten' }),
    never: 'Nie',
    passphrase: 'Passphrase',
    present: 'Jetzige Passphrase',
    newPassphrase: 'Neue Passphrase',
    newHint: (least) => `Mindestens ${number(least)} Zeichen. Niemand kann sie dir zurückholen.`,
    again: 'Neue Passphrase noch einmal',
    tooShort: (least) => `Diese Passphrase ist zu kurz. Nimm mindestens ${number(least)} Zeichen.`,
    differ: 'Die beiden Passphrasen sind verschieden.',
    spacesCount: 'Sie beginnt oder endet mit einem Leerzeichen; es zählt mit.',
    strengths: {
      'too-short': 'Zu kurz.',
      weak: 'Schwach: bald erraten von dem, der die Platte hat. Vier oder fünf Wörter, die nichts miteinander zu tun haben, sind besser.',
      fair: 'Mittel: hält den meisten stand. Ein Wort mehr macht sie gut.',
      good: 'Gut.',
    },
    lockedTitle: 'Parley ist gesperrt',
    locked: 'Hier ist nichts zu lesen, und keine Nachrichten werden angenommen. Was dir jemand schickt, wartet bis zu 30 Tage am Relay.',
    unfinishedTitle: 'Die Sperre ist nicht fertig',
    unfinished:
      'Parley wurde geschlossen, während die Sperre eingerichtet wurde. Gib die Passphrase ein, um fertig zu werden, oder lass Parley ungesperrt, wie es war.',
    finish: 'Fertigstellen',
    leaveUnlocked: 'Ungesperrt lassen',
    unlock: 'Entsperren',
    unlockWithPasskey: 'Mit einem Passkey entsperren',
    checking: 'Wird geprüft',
    wait: (time) => `Zu viele falsche Passphrasen. Warte ${time}.`,
    passkeyFailed: 'Der Passkey hat nicht geantwortet. Nicht jedes Gerät hat Passkeys, die entsperren können.',
    refusals: {
      'too-short': 'Diese Passphrase ist zu kurz.',
      wait: 'Zu viele falsche Passphrasen. Warte ein wenig.',
      wrong: 'Das öffnet die Sperre nicht. Nichts wurde gelöscht.',
      'no-memory': 'Dieses Gerät hat zu wenig freien Speicher für die Prüfung. Schließe andere Seiten und versuche es noch einmal.',
      failed: 'Auf die Platte konnte nicht geschrieben werden. Nichts ging verloren; versuche es noch einmal.',
    },
    forgot: 'Passphrase vergessen?',
    forgotten:
      'Ohne sie kann niemand Parley öffnen, weder hier noch am Relay. Du kannst dieses Gerät leeren und neu anfangen oder eine Sicherung zurückholen, wenn du eine hast.',
    settingTitle: 'Sperre wird eingerichtet',
    removingTitle: 'Sperre wird entfernt',
    moving: 'Alles wird neu verschlüsselt. Wird Parley jetzt geschlossen, geht es beim nächsten Öffnen weiter.',
  },

  notifications: {
    notifications: 'Benachrichtigungen',
    hint: 'Solange Parley offen, aber nicht zu sehen ist, zeigt dieses Gerät, wer geschrieben hat, nie was.',
    denied: 'Dein Browser lässt Parley keine Benachrichtigungen zeigen. Erlaube sie für diese Seite in den Einstellungen deines Browsers.',
    unsupported: 'Dieser Browser kann keine Benachrichtigungen von Parley zeigen.',
    ask: 'Eine Nachricht kam, während Parley nicht zu sehen war. Benachrichtigungen sagen dir, wer geschrieben hat, nie was.',
    turnOn: 'Einschalten',
    newMessage: 'Neue Nachricht',
  },

  newVersion: {
    ready: 'Eine neue Version ist bereit.',
    reload: 'Neu laden',
  },

  misbehaviour: {
    title: 'Was das Relay falsch gemacht hat',
    nothing: 'Nichts Falsches wurde bemerkt.',
    meaning:
      'Parley achtet auf das Relay und hat nichts davon angenommen. Deine Nachrichten kann dort niemand lesen. Wenn es so weitergeht, sag es denen, die es betreiben, oder nimm ein anderes.',
    kinds: {
      'one-time-key-reused': 'Es hat einen Schlüssel ein zweites Mal ausgegeben, der nur einmal gilt.',
      'key-came-back': 'Schlüssel von dir, die es ausgegeben hatte, sind wieder da.',
      'key-changed': 'Es zeigt einen Schlüssel als deinen, der es nicht ist.',
      'older-statement': 'Es hatte deine neuesten Schlüssel angenommen und zeigt ältere.',
      'older-than-seen': 'Es hat Schlüssel eines Kontakts ausgegeben, die älter sind als schon gesehene.',
      'wrong-keys': 'Es hat Schlüssel als die eines Kontakts ausgegeben, die es nicht sind.',
      'forked-list': 'Zwei verschiedene Gerätelisten mit derselben Nummer sind im Umlauf.',
      'relay-key-changed': 'Der Schlüssel, an dem man es erkennt, hat sich geändert.',
      'not-authentic': 'Es gab Antworten, die nicht als seine eigenen ausgewiesen sind.',
    },
    about: (name) => `Es geht um ${name}`,
    times: (count) => plural(count, { one: '#-mal', other: '#-mal' }),
    showAll: (count) => plural(count, { one: '# Eintrag zeigen', other: 'Alle # Einträge zeigen' }),
    clear: 'Leeren',
  },

  connection: {
    title: 'Verbindung',
    relay: {
      idle: 'Das Relay wird gerade nicht gebraucht',
      connecting: 'Das Relay wird gesucht',
      connected: 'Das Relay antwortet',
      unreachable: 'Das Relay antwortet nicht',
    },
    relayOnly: 'Nur über das Relay',
    relayOnlyHint: 'Kontakte erfahren nie deine Netzadresse. Nachrichten brauchen etwas länger.',
    directImpossible:
      'Dieser Browser verhindert direkte Verbindungen (oft wegen eines VPN oder einer Datenschutzeinstellung). Nachrichten gehen über das Relay.',
    servers: 'Eigene STUN- und TURN-Server',
    serversHint: 'Werden neben denen des Relays verwendet, wenn eine direkte Verbindung gesucht wird.',
    noServers: 'Keine hinzugefügt.',
    address: 'Adresse des Servers',
    addressHint: 'Zum Beispiel turns:turn.example.org:443',
    user: 'Benutzername',
    password: 'Passwort',
    addServer: 'Server hinzufügen',
    removeServer: (address) => `${address} entfernen`,
    badAddress: 'Eine Adresse beginnt mit stun:, turn: oder turns: und nennt einen Rechner.',
    needsLogin: 'Ein TURN-Server braucht Benutzernamen und Passwort.',
    tooManyServers: 'Mehr als acht Server gehen nicht.',
    report: 'Verbindungsbericht',
    reportHint: 'Zeiten und Arten der Verbindung, ohne Adressen und Namen. Kopiere ihn, wenn du um Hilfe bittest.',
    copyReport: 'Bericht kopieren',
    reportCopied: 'Bericht kopiert',
  },

  otherTab: {
    title: 'Parley ist in einem anderen Tab offen',
    text: 'Jener Tab hält deine Gespräche und antwortet nicht; vielleicht hat dein Browser ihn schlafen gelegt. Du kannst hier weitermachen.',
    useHere: 'Hier verwenden',
    silent: 'Der Tab von Parley, der deine Gespräche hält, schläft. Sie gehen in diesem weiter, sobald du klickst oder tippst.',
  },

  troubles: {
    'storage-full':
      'Auf diesem Gerät ist kein Speicher mehr frei. Nichts ist verloren, aber Neues kann nicht aufbewahrt werden. Lösche Dateien oder Daten anderer Seiten und lade dann neu.',
    'storage-failed':
      'Dein Browser hat Parley nicht an seinen Speicher gelassen. Nichts wurde verändert. Lade die Seite neu; private Fenster gehen vielleicht nicht.',
    'storage-held-up':
      'Ein anderer Tab hält eine Änderung an dem auf, was Parley gespeichert hat. Schließ alle anderen Tabs und Fenster von Parley; dieser macht dann von selbst weiter.',
    'settings-evicted':
      'Dein Browser hat einen Teil dessen gelöscht, was Parley auf diesem Gerät behält: Einstellungen wie Sprache und Aussehen. Kontakte und Nachrichten sind unversehrt. Browser tun das, wenn der Platz knapp wird oder Websitedaten gelöscht werden; lass Parley deinen bitten, alles zu behalten (Einstellungen, Speicher).',
    'storage-evicted':
      'Dein Browser hat die Daten von Parley auf diesem Gerät gelöscht. Browser tun das, wenn der Platz knapp wird oder nach langer Abwesenheit. Sie lassen sich nicht zurückholen: Verbinde dich neu und lass Parley dann deinen Browser bitten, die Daten zu behalten (Einstellungen, Speicher).',
    'record-damaged': 'Etwas auf diesem Gerät Gespeichertes ist beschädigt und wurde ausgelassen. Der Rest ist unversehrt.',
    unexpected: 'In Parley ist etwas schiefgegangen. Nichts ist verloren; lade die Seite neu, wenn es so weitergeht.',
    'taken-over': 'Dieser Tab hat geschlafen, und ein anderer Tab von Parley hat übernommen. Was du hier tust, geht durch jenen.',
    outdated: 'In einem anderen Tab ist ein neueres Parley offen. Lade diesen Tab neu.',
  },
  dismiss: 'Diesen Hinweis schließen',

  cannotStart: {
    title: 'Parley kann hier nicht starten',
    insecure: 'Diese Adresse ist nicht sicher, darum sperrt dein Browser, was Parley braucht. Öffne sie mit https:// oder auf localhost.',
    unsupported: (missing) => `Dieser Browser ist zu alt für Parley: Es fehlt ${missing}. Aktualisiere ihn oder nimm einen anderen.`,
    features: {
      storage: 'Speicher für Seiten (IndexedDB)',
      locks: 'Sperren zwischen Tabs (Web Locks)',
      workers: 'Arbeit im Hintergrund (Web Workers)',
      cryptography: 'Kryptographie (WebCrypto)',
    },
    noCode: 'Die Seite konnte nicht vollständig geladen werden. Prüfe deine Verbindung und lade neu.',
  },
  shut: {
    title: 'Parley kann nicht öffnen, was hier gespeichert ist',
    damaged:
      'Der Eintrag, der sagt, wer du auf diesem Gerät bist, ist beschädigt und nicht mehr lesbar. Nichts wurde verändert. Lade die Seite neu, falls du ihn wiederherstellen kannst; sonst lösche alles auf diesem Gerät, beginne neu und verbinde dich wieder.',
  },
  leaving: {
    title: 'Abmelden',
    text: 'Das Relay löscht, was es für dieses Gerät aufbewahrt. Das dauert höchstens ein paar Sekunden.',
  },
  wiped: {
    title: 'Auf diesem Gerät ist nichts mehr',
    clearing: 'Dein Browser löscht die Dateien, in denen es stand. Das dauert höchstens ein paar Sekunden.',
    text: 'Du kannst diese Seite schließen oder neu beginnen.',
    filesLeft:
      'Du kannst diese Seite schließen oder neu beginnen. Das Relay war nicht zu erreichen, deshalb können Spuren in den Dateien deines Browsers bleiben, bis er sie aufräumt. Sicher ist es, die Daten dieser Seite in den Einstellungen deines Browsers zu löschen.',
    again: 'Neu beginnen',
  },
}
