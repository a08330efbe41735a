// Every sentence of the screens in English. The type of this object is what another language has to fill.

import type { FolderFailure, LockRefusal, Misbehaviour, TransferFailure, TransferKind } from '../../messenger/api.ts'
import { numberIn, pluralIn } from './plural.ts'

const plural = pluralIn('en')
const number = numberIn('en')

export const en = {
  direction: 'ltr' as 'ltr' | 'rtl',

  common: {
    parley: 'Parley',
    back: 'Back',
    cancel: 'Cancel',
    save: 'Save',
    saved: 'Saved',
    notNow: 'Not now',
    unnamed: 'Unnamed contact',
    you: 'You',
    loading: 'Opening Parley',
    notConfirmedYet: 'Not confirmed yet',
  },

  home: {
    tagline: 'Talk with one person, and nobody else.',
    showCode: 'Show a code',
    enterCode: 'Enter a code',
    conversations: 'Conversations',
    search: 'Search',
    settings: 'Settings',
    unread: (count: number) => plural(count, { one: '# unread message', other: '# unread messages' }),
    unreadShort: (count: number) => (count > 99 ? '99+' : String(count)),
    draft: 'Draft:',
    youWrote: 'You:',
    noMessagesYet: 'No messages yet',
    identityChanged: 'Identity has changed',
    fetching: 'Fetching messages',
    fetched: (done: number, total: number) => `${number(done)} of ${number(total)}`,
    unconfirmed: (count: number) =>
      plural(count, {
        one: 'One pairing has not been answered yet. It appears here once the other device has.',
        other: '# pairings have not been answered yet. They appear here once the other devices have.',
      }),
    emptyTitle: 'Nobody here yet',
    emptySteps: [
      'One of you shows a code.',
      'Read it aloud, in person or over the phone.',
      'The other types it in. That is all.',
    ] as readonly string[],
    noAccount: 'No account, no phone number, nothing to install.',
    restore: 'Restore a backup',
    chooseTitle: 'Pick a conversation',
    chooseText: 'Or pair with somebody new: one of you shows a code, the other types it in.',
  },

  /** Somebody whom a contact introduced, until the person has decided about them. */
  introductions: {
    title: 'Introductions',
    introducedBy: (byName: string) => `introduced by ${byName}`,
    write: 'Write',
    refuse: 'Refuse',
    refuseTitle: (name: string) => `Refuse ${name}?`,
    refuseText: (name: string) => `Nothing that ${name} sends will be shown here, unless the two of you pair by a code one day.`,
    refuseConfirm: 'Refuse introduction',
  },

  search: {
    title: 'Search',
    titleIn: (name: string) => `Search in ${name}`,
    label: 'Search in messages',
    labelIn: 'Search in conversation',
    hint: 'The beginning of a word is enough.',
    results: 'Messages found',
    found: (count: number) => plural(count, { one: '# message found', other: '# messages found' }),
    nothing: 'No messages found',
    behind: (count: number) => plural(count, { one: 'Still looking through # message', other: 'Still looking through # messages' }),
    more: 'Show more',
    toFirst: 'Go to the first message',
  },

  showCode: {
    title: 'Show a code',
    yourCode: 'Your code',
    yourSixDigits: 'Your six digits',
    readAloud: 'Read it aloud. It works once.',
    onlyFor: (name: string) => `This code is for ${name}. Read it to nobody else.`,
    linkOnly: 'Send the link, then read these six digits aloud. They work once.',
    copyLink: 'Copy link',
    copied: 'Link copied. The code is not in it: read the last six digits aloud.',
    notCopied: 'Your browser did not allow copying. Select the link instead:',
    qrCode: 'QR code',
    qrHint: 'Scan this with the other device, then type the last six digits there.',
    expiresIn: (time: string) => `expires in ${time}`,
    preparing: 'Getting a code',
    cancel: 'Cancel',
    newCode: 'Get a new code',
    useLink: 'Use the link',
    connectAnyway: 'I understand, get a new code',
  },

  enterCode: {
    title: 'Enter a code',
    prompt: 'Type the code that the other person reads to you.',
    promptFrom: (name: string) => `Type the code that ${name} reads to you.`,
    titleByLink: 'Now type the six digits',
    promptByLink: 'The link led you to the right place. The other person reads six digits to you.',
    code: 'Code',
    connect: 'Connect',
    anotherCode: 'Enter another code',
    scan: 'Scan a QR code',
    stopScanning: 'Stop the camera',
    scanning: 'Hold the other screen in front of the camera.',
    camera: 'Camera picture',
    cancel: 'Cancel',
    wholeCode: 'I have the whole code instead',
  },

  /** What is wrong with a typed code, by reason. */
  codeField: {
    empty: 'Type the code first.',
    'not-digits': 'A code has only digits.',
    'too-short': 'Some digits are missing. A code has eight to ten.',
    'too-long': 'These are too many digits. A code has eight to ten.',
    'six-digits': 'Type exactly the six digits that are read to you.',
    'other-address': 'This link belongs to another address of Parley. Open it in a new tab.',
    'not-an-invitation': 'This is not an invitation to Parley.',
    'no-camera': 'The camera could not be used. Type the code instead.',
  },

  /** Live progress of a pairing. */
  progress: {
    host: {
      'reaching-relay': 'Reaching the meeting point',
      waiting: 'Waiting for the other person',
      joined: 'Someone joined',
      checking: 'Checking the code',
      'opening-line': 'Opening a direct line',
      unconfirmed: 'Not confirmed yet. The other device still has to answer; you may leave this screen.',
      ready: 'Ready',
      linked: 'Linked',
    },
    guest: {
      'reaching-relay': 'Reaching the meeting point',
      joined: 'Waiting for the other device',
      checking: 'Checking the code',
      'opening-line': 'Opening a direct line',
      ready: 'Ready',
      linked: 'Linked',
    },
  },

  /** A person’s own devices. */
  devices: {
    part: 'Devices',
    title: 'Your devices',
    alone: 'Parley is on this device only.',
    several: (count: number) => `Parley is on ${count} devices of yours.`,
    what: 'Each of your devices has all your people and whatever is said from the day on which it was linked.',
    unnamed: 'Device without a name',
    isThis: 'This device',
    isMain: 'Main device',
    added: (when: string) => `Added ${when}`,
    heard: (when: string) => `Last heard from ${when}`,
    unheard: 'Not heard from yet',
    unused: 'Not used for 90 days. If you do not have it any more, remove it.',
    unfinished: 'It never answered after it was linked. If it does not show your people, remove it and link it again.',
    onlyMain: 'Devices are linked and removed on the main device.',
    endsAt: (when: string) =>
      `Your main device has not been in touch for a long time. Open Parley there before ${when}, or restore its backup: after that nobody new will take this device for yours.`,
    hasEnded:
      'Your main device has not been in touch for too long. Nobody new takes this device for yours until Parley is opened there, or its backup is restored. If neither can be done, wipe your devices and pair with your people again: they see that your identity has changed.',
    makeMain: 'Make this the main device',
    asked: 'Asked. Open Settings, Your devices on the main device and agree there.',
    wantsToBeMain:
      'This device would like to be the main one. Agree only if you have asked for it there yourself: from then on it alone links and removes devices.',
    giveMain: 'Agree',
    offered: 'You have agreed. Open Parley on both devices: this one becomes the main device as soon as the two reach each other.',
    keepMain: 'Call it off',
    given:
      'It is becoming the main device. Until it confirms that, no device can be linked or removed. If it is lost for good, remove it: then this one is the main device again.',
    full: 'These are as many devices as there can be. Remove one to link another.',
    link: 'Link a device',
    remove: 'Remove',
    removeNamed: (name: string) => `Remove ${name}`,
    removeTitle: (name: string) => `Remove ${name}?`,
    removeText:
      'Nothing that is said from now on reaches it, and nobody takes anything from it. What it has already it keeps, and whoever has the device can still read that. To link it again, wipe it first.',
    removeGivenText:
      'Do this only if it is lost for good. It may be the main device already: whoever has it could then speak as you. From now on this one is the main device again, and what the other one has linked since is removed as well.',
    beingHanded: (done: string, total: string) => `Earlier messages arrive: ${done} of ${total}`,
    handing: (done: string, total: string) => `Sending earlier messages: ${done} of ${total}`,
    goesOn: 'It goes on by itself whenever Parley is open on both devices.',
  },

  /** One of them is linked. */
  linking: {
    titleMain: 'Link a device',
    titleNew: 'I use Parley already',
    what: {
      main: 'Open Parley on your other device and choose “I already use Parley on another device” there. Then one of the two shows a code and the other enters it.',
      new: 'This browser becomes one of your devices. On your main device, open Settings, Your devices, Link a device. Then one of the two shows a code and the other enters it.',
    },
    /** Where a link of the other device has led here. */
    whatByLink: {
      main: 'The link leads to your other device. Choose what this one sends it, then type the six digits that it shows.',
      new: 'This browser becomes one of your devices. The link leads to your main device: next, type the six digits that it shows.',
    },
    nobodyHere: 'This browser has no people of yours yet. If you talk to them in another one, do this there.',
    onlyYours: 'Only do this with a device of your own: it will read everything that you read.',
    history: 'Earlier messages that it gets',
    histories: { none: 'None', month: 'Those of the last 30 days', all: 'All' },
    name: 'Name of this device',
    nameHint: 'Everybody you talk to can see it. May stay empty.',
    kinds: { phone: 'Phone', computer: 'Computer' },
    showCode: 'Show the code here',
    enterCode: 'Type the code here',
    prompt: 'Type the code that your other device shows.',
    promptByLink: 'The link led you to the right place. Type the six digits that your other device shows.',
    readAloud: 'Type it on your other device. It works once.',
    linkOnly: 'Open the link on your other device and type these six digits there. They work once.',
    copied: 'Link copied. The code is not in it: type the last six digits on your other device.',
    waiting: 'Waiting for your other device',
    /** In place of those of a pairing. */
    failures: {
      'codes-differ': 'The codes did not match. This code is used up. Get a new one. (If you did not mistype, someone may be interfering.)',
      'own-code': 'This code is shown in this very browser. Type it on your other device.',
      'other-side-left': 'The other device closed Parley before it was linked.',
      'nobody-there': 'No device is waiting with this code. It may have expired.',
      expired: 'No device is waiting with this code. It may have expired.',
    },
    tenTries: 'Ten tries have failed. Somebody may be guessing your codes. Go on only if your other device is in front of you.',
    already: 'This browser is one of your devices.',
    toDevices: 'To your devices',
    done: 'Linked. Your people and their names arrive in a moment.',
    toConversations: 'To your conversations',
    start: 'I already use Parley on another device',
  },

  /** Why a pairing failed. */
  failures: {
    'codes-differ':
      'The codes did not match. This code is used up. Get a new one. (If neither of you mistyped, someone may be interfering.)',
    'nobody-there': 'No one is waiting with this code. It may have expired.',
    'room-busy': 'Someone else is already using this code. Get a new one.',
    'too-many-failures': (time: string) => `Too many tries. Wait ${time} or use the link.`,
    'own-code': 'You are pairing with yourself. Open Parley on the other person’s device.',
    'relay-unreachable': 'Can’t reach the meeting point. Check your connection or try another network.',
    'other-side-left': 'The other side closed Parley before pairing finished.',
    expired: 'No one is waiting with this code. It may have expired.',
    'other-version': 'The other side uses another version of Parley. Reload the page on both devices, then get a new code.',
    'code-for-pairing': 'This code pairs two people. To link a device of your own, get a code under “Link a device”.',
    'code-for-linking': 'This code links a device of its owner. To pair with a person, they have to choose “Show a code”.',
    'same-role': 'One of the two has to be the device that you use already, the other a new one. The code is still good.',
    'somebody-here':
      'Somebody uses Parley in this browser already, so it cannot become another device of yours. Take another browser, or wipe this device first.',
    'cannot-list': 'This device cannot link another one: only the main device can, and there can be no more than ten.',
  },
  /** The same, where the host reads it differently. */
  hostFailures: {
    expired: 'This code has expired. Nothing was lost; get a new one.',
    'ten-tries':
      'Ten tries have failed. Somebody may be guessing your codes. Go on only if you are speaking with the other person right now.',
  },

  conversation: {
    search: 'Search in conversation',
    messages: 'Messages',
    message: 'Message',
    messageHint: 'Write a message',
    send: 'Send',
    connection: 'Connection',
    lines: { direct: 'Direct', relay: 'Through relay', offline: 'Offline' },
    details: 'Contact details',
    states: { waiting: 'Waiting', 'on-relay': 'On relay', delivered: 'Delivered', failed: 'Failed', received: 'Received' },
    stateMeanings: {
      waiting: 'Only on this device so far. It goes out by itself as soon as the relay or the other device can be reached.',
      'on-relay': 'The relay keeps it, sealed, until the other device fetches it. You may close Parley.',
      delivered: 'The other person’s device has it.',
      failed: 'It could not be delivered.',
      received: 'It arrived here.',
    },
    sentAt: (time: string) => `Sent ${time}.`,
    resend: 'Resend',
    newMessages: 'New messages',
    renewed: (name: string) => `The secure connection to ${name} was renewed.`,
    moved: (name: string) => `The devices on which ${name} uses Parley have changed.`,
    jumpToNewest: (count: number) => (count === 0 ? 'Newest messages' : plural(count, { one: '# new message', other: '# new messages' })),
    arrived: (name: string, text: string) => `${name}: ${text}`,
    tooLong: (bytes: number) =>
      plural(bytes, {
        one: 'This message is # byte too long. Shorten it or send it in two.',
        other: 'This message is # bytes too long. Shorten it or send it in two.',
      }),
    emptyTitle: 'You are paired',
    emptyText: 'Only the two of you can read what you write here.',
    nameLabel: 'What do you call them?',
    nameHint: 'Only you see this name.',
    noDirectLine: 'A direct connection was not possible here. Messages go through the relay, still end-to-end encrypted.',
    directBlocked: 'This browser blocks direct connections (often a VPN or privacy setting). Messages go through the relay.',
    keepStorage: 'Browsers may delete what a page has stored. Ask yours to keep your conversations.',
    keepStorageButton: 'Keep them',
    ownNameHint: (name: string) => `So that people you pair with from now on see who you are. ${name} is not told: this pairing is done.`,
    introducedTitle: 'You can write to each other',
    introducedText: (byName: string) =>
      `${byName} introduced you. That this is the right person rests on ${byName}’s word until the two of you pair by a code.`,
    mailboxFull: (name: string) => `${name}’s mailbox is full. Your messages wait here until they have been fetched.`,
    stopped: 'Nothing can be sent until you have decided about the changed identity. What you have written stays here.',
    replaced: (name: string) => `${name} has a new identity now, with a conversation of its own. Nothing more can be sent in this one.`,
    unknown: 'This conversation is not on this device.',
  },

  /** This device is off its account’s list. */
  removed: {
    stopped: 'Nothing is sent from this device any more.',
    text: 'This device is not one of yours any more: it was removed on your main device, or Parley was restored on another device, which has taken the place of this one. What is here can be read; nothing is sent any more. To link it anew, wipe this device first.',
  },

  /** Another account answered as a contact. */
  identity: {
    changed: (name: string) => `${name}’s identity has changed.`,
    meaning: (name: string) =>
      `${name} may have begun afresh on a device, or somebody may pretend to be ${name}. Ask in person or in a call. Nothing is sent until you decide.`,
    accept: 'Accept the new identity',
    keep: 'Keep the old one',
  },

  details: {
    title: 'Contact details',
    name: 'Name',
    nameHint: 'Only you see this name.',
    safetyNumber: 'Safety number',
    safetyText: (name: string) =>
      `Compare this number with the one ${name} sees, in person or in a call. If they are equal, nobody sits between you.`,
    pairedByCode: (date: string) => `Paired by code on ${date}`,
    introducedBy: (byName: string) => `Introduced by ${byName}`,
    introducedText: (byName: string) =>
      `That this is the right person rests on ${byName}’s word. Pair by a code, in person or in a call, and it rests on nobody’s.`,
    devices: (count: number) =>
      count === 0
        ? 'It is not known yet on how many devices your messages are read.'
        : plural(count, { one: 'Your messages go to # device.', other: 'Your messages go to # devices.' }),
    pairByCode: 'Pair by a code',
    pairAgain: 'Pair again',
    pairAgainText: (name: string) =>
      `If ${name} has begun afresh, or if you want to be sure who it is: one of you shows a code, the other types it in.`,
    introduce: 'Introduce to...',
    introduceTitle: (name: string) => `Introduce ${name} to`,
    introduceText: (name: string) =>
      `${name} and the person you choose each learn the other’s identity and the name you gave them, and can write to each other.`,
    introduceSearch: 'Search',
    introduceNobody: 'Nobody is called that.',
    introduceConfirm: 'Introduce',
    introduced: (name: string, otherName: string) => `${name} and ${otherName} are told of each other.`,
    clear: 'Delete messages',
    clearTitle: (name: string) => `Delete all messages with ${name}?`,
    clearText:
      'They are deleted from this device, and those not yet delivered are lost. The other person keeps theirs, and you can go on writing.',
    clearElsewhere: 'Your other devices keep theirs: delete them there as well.',
    clearConfirm: 'Delete messages',
    remove: 'Remove contact',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeText:
      'All messages with this contact are deleted from this device, and those not yet delivered are lost. To talk again you have to pair again.',
    removeElsewhere: 'Your other devices follow: it is removed and deleted there too.',
    removeConfirm: 'Remove and delete',
  },

  settings: {
    title: 'Settings',
    you: 'You',
    displayName: 'Your name',
    displayNameHint: 'Suggested to people when you pair with them. May stay empty.',
    nameTooLong: 'This name is too long.',
    /** Of other people’s messages. */
    arrivals: 'New messages',
    appearance: 'Appearance',
    theme: 'Theme',
    themes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
    language: 'Language',
    languageOfBrowser: 'Like the browser',
    storage: 'Storage',
    used: (used: string, quota: string) => `${used} used of ${quota}`,
    measuring: 'Measuring',
    persistent: 'Your browser has agreed to keep Parley’s data.',
    notPersistent: 'Your browser may delete Parley’s data when space runs short or after a long absence.',
    askToKeep: 'Ask to keep it',
    declined: 'Your browser has not agreed yet. It may once you have used Parley more often, bookmarked or installed it.',
    wipe: 'Wipe this device',
    wipeText: 'Deletes every conversation, contact and key from this browser, and what the relay keeps for it.',
    wipeTitle: 'Wipe this device?',
    wipeWarning:
      'Every conversation, contact and key in this browser is deleted. Nobody can bring them back, and you have to pair again with everybody.',
    /** Where the person has other devices. */
    wipeOfSeveral: {
      giving:
        'Every conversation, contact and key in this browser is deleted. Your other devices keep theirs. Another one is becoming the main device: wait until Your devices says that it is, for what this one has not sent yet is deleted too, and without a main device you can link and remove no device any more.',
      linked:
        'Every conversation, contact and key in this browser is deleted. Your other devices keep theirs. Remove this one on your main device as well.',
      main: 'Every conversation, contact and key in this browser is deleted. Your other devices keep theirs, but this is the main device: without it or its backup you can link and remove no device any more. Make another one the main device first.',
      removed: 'Every conversation, contact and key in this browser is deleted. Your other devices keep theirs.',
    },
    wipeConfirm: 'Wipe everything',
    version: (version: string) => `Parley ${version}`,
  },

  /** A backup of everything here, for another browser. */
  backup: {
    part: 'Backup',
    title: 'Back up',
    backUp: 'Back up',
    never: 'There is no backup of what is here. If this browser loses it, it is gone.',
    last: (date: string) => `Last backup: ${date}`,
    notMain:
      'Backups are made on your main device: only it has the key of your identity, without which nobody could go on from a backup as you. What is said here is there as well. To keep a copy of these conversations that can be read, export them.',
    fileKind: 'Parley backup',
    what: 'One file with your contacts, conversations and settings, encrypted. With it you go on in another browser as the same person; this one is then signed off.',
    choose: 'What shall open it?',
    withWords: 'Twelve words',
    withPassphrase: 'A passphrase of my own',
    words: 'Recovery phrase',
    writeDown: 'Write these twelve words down on paper, in this order.',
    onlyOnce:
      'They are shown this once and kept nowhere. Without them nobody can open the backup, and whoever has both can read everything.',
    written: 'I have written them down',
    showAgain: 'Show the words again',
    confirm: 'To be sure, type two of them.',
    word: (place: number) => `Word ${place}`,
    wrongWord: 'That is another word than the one you were shown.',
    passphraseText: 'Whoever has the file can try passphrases as long as they like. Take several words that nobody would guess.',
    passphrase: 'Passphrase',
    passphraseHint: (least: number) => `At least ${least} characters.`,
    passphraseShort: (least: number) => `This is too short. Take at least ${least} characters.`,
    passphraseAgain: 'Passphrase once more',
    passphraseDiffers: 'The two are not the same.',
    save: 'Back up now',
    again: 'Try again',
    keepSafe: 'Keep the file and what opens it apart from each other, and away from this device.',
    toSettings: 'Back to the settings',
    folderChoice:
      'Or choose a folder on this device, such as one that is copied elsewhere. A new backup then goes there by itself, once a day while Parley is open, whenever something has changed. Twelve words open it.',
    chooseFolder: 'Choose a folder',
    folderOnlyOnce:
      'They are shown this once. Without them nobody can open the backups elsewhere, and whoever has both can read everything. Parley keeps their key among its own data, to go on writing.',
    folderGoes: (name: string) =>
      `Backups go to the folder “${name}” by themselves: once a day while Parley is open, if something has changed. The last two are kept there.`,
    folderLast: (date: string) => `Last backup in the folder: ${date}`,
    folderFailed: (date: string) => `${date}: no backup could be written there.`,
    folderWhyNot: {
      'not-permitted': 'The browser wants you to allow it again.',
      'folder-gone': 'The folder is not there any more. Bring it back, or stop this and choose another.',
      'file-failed': 'The file could not be written. What was there before is kept.',
      'storage-full': 'There is no room left. What was there before is kept.',
      unexpected: 'Something went wrong. What was there before is kept.',
    } satisfies Partial<Record<FolderFailure, string>> & Record<Exclude<FolderFailure, TransferFailure>, string>,
    folderNow: 'Back up there now',
    folderAllow: 'Allow and back up',
    folderLeave: 'Stop backing up there',
  },

  restore: {
    title: 'Restore a backup',
    what: 'Choose the file of a backup. You go on in this browser as the same person, with your contacts and conversations.',
    former: 'The browser that the backup was made in is signed off: nothing can be sent from there any more.',
    file: 'Backup file',
    noFile: 'Choose the file first.',
    secret: 'Twelve words or passphrase',
    secretHint: 'The words in their order, a space between two.',
    noSecret: 'Type what opens the backup.',
    restore: 'Restore',
    notEmpty: 'A backup can only be restored where nobody is yet. This browser has contacts: use another one, or wipe this device first.',
    fresh: 'Your contacts are told that you write from another device. What had not been delivered is sent again.',
    toConversations: 'To your conversations',
  },

  exporting: {
    all: 'Export all conversations',
    one: 'Export conversation',
    fileKind: 'Web page',
    warningTitle: 'Save a readable copy?',
    warning: 'The file can be read by anybody who gets hold of it: it is not encrypted.',
    confirm: 'Save copy',
    title: 'Parley conversations',
    madeAt: 'Exported on {time}.',
    failed: 'not delivered',
  },

  /** How a backup, a restoration or an export goes. */
  transfers: {
    running: { backup: 'Writing the backup', restore: 'Restoring', export: 'Writing the copy' } satisfies Record<TransferKind, string>,
    done: {
      backup: (size: string, time: string) => `Backup saved: ${size}, ${time}.`,
      restore: () => 'Everything is back.',
      export: (size: string) => `Copy saved: ${size}.`,
    } satisfies Record<TransferKind, (size: string, time: string) => string>,
    whyNot: {
      'not-a-backup': 'This file is not a backup of Parley.',
      'newer-version': 'This backup was made by a newer Parley. Reload the page and try again.',
      truncated: 'The end of this file is missing. Copy it again from where it was saved.',
      altered: 'This file is damaged or was changed, so nothing of it is used. Copy it again from where it was saved.',
      'wrong-secret': 'These words or this passphrase do not open this backup.',
      'not-twelve-words': 'This backup opens with twelve words. Type all of them.',
      'unknown-word': 'One of these words is not in the list that recovery phrases are made of. Look for a mistyped one.',
      mistyped: 'These twelve words do not belong together. Look for one that is mistyped or in another’s place.',
      'passphrase-empty': 'Type the passphrase first.',
      'no-memory': 'There is not enough memory to try the passphrase. Close other tabs and try again.',
      'not-empty': 'A backup can only be restored where nobody is yet. Nothing was changed.',
      'nothing-here': 'There is nothing here to save.',
      'not-main': 'Only your main device can make a backup. Make one there.',
      'file-failed': 'The file could not be written or read. Nothing was changed here.',
      'storage-full': 'There is no room left on this device. Nothing was changed; make room and try again.',
      'storage-failed': 'Parley’s data could not be read or written. Reload the page and try again.',
      unexpected: 'Something went wrong, and nothing was changed. Reload the page and try again.',
    } satisfies Record<TransferFailure, string>,
  },

  lock: {
    title: 'Lock',
    none: 'Parley has no lock. Whoever copies the disk of this device while it is like this can read everything in Parley: the keys lie beside what they keep.',
    isSet: 'Parley is locked by a passphrase. Everything on this device’s disk is encrypted under a key that is kept nowhere.',
    limits:
      'A lock protects what lies on the disk while Parley is locked. It does not protect an unlocked Parley, nor against whoever changes this page or this device. What the disk held before you set it may be found in old blocks of the drive.',
    set: 'Set a lock',
    lockNow: 'Lock now',
    change: 'Change passphrase',
    remove: 'Remove the lock',
    addPasskey: 'Add a passkey',
    removePasskey: 'Remove the passkey',
    autoLock: 'Lock without activity',
    afterMinutes: (minutes: number) => plural(minutes, { one: 'After one minute', other: 'After # minutes' }),
    never: 'Never',
    passphrase: 'Passphrase',
    present: 'Present passphrase',
    newPassphrase: 'New passphrase',
    newHint: (least: number) => `At least ${number(least)} letters. Nobody can bring it back for you.`,
    again: 'New passphrase again',
    tooShort: (least: number) => `This passphrase is too short. Use at least ${number(least)} letters.`,
    differ: 'The two passphrases differ.',
    spacesCount: 'It begins or ends with a space, which counts.',
    strengths: {
      'too-short': 'Too short.',
      weak: 'Weak: guessed soon by whoever has the disk. Four or five words that have nothing to do with each other are better.',
      fair: 'Fair: holds against most. Another word makes it good.',
      good: 'Good.',
    },
    lockedTitle: 'Parley is locked',
    locked: 'Nothing can be read here, and no messages are taken in. What people send you waits at the relay for up to 30 days.',
    unfinishedTitle: 'The lock is not finished',
    unfinished: 'Parley was closed while the lock was being set. Type the passphrase to finish it, or leave Parley unlocked as it was.',
    finish: 'Finish',
    leaveUnlocked: 'Leave it unlocked',
    unlock: 'Unlock',
    unlockWithPasskey: 'Unlock with a passkey',
    checking: 'Checking',
    wait: (time: string) => `Too many wrong passphrases. Wait ${time}.`,
    passkeyFailed: 'The passkey did not answer. Not every device has passkeys that can unlock.',
    refusals: {
      'too-short': 'This passphrase is too short.',
      wait: 'Too many wrong passphrases. Wait a little.',
      wrong: 'This does not open the lock. Nothing was deleted.',
      'no-memory': 'This device has too little free memory for the check. Close other pages and try again.',
      failed: 'The disk could not be written. Nothing was lost; try again.',
    } satisfies Record<LockRefusal, string>,
    forgot: 'Forgot the passphrase?',
    forgotten:
      'Nobody can open Parley without it, neither here nor at the relay. You can wipe this device and begin afresh, or restore a backup if you have one.',
    settingTitle: 'Setting the lock',
    removingTitle: 'Removing the lock',
    moving: 'Everything is being encrypted anew. If Parley is closed now, it goes on when it is opened again.',
  },

  notifications: {
    notifications: 'Notifications',
    hint: 'While Parley is open but out of sight, this device shows who has written, never what.',
    denied: 'Your browser does not let Parley show notifications. Allow them for this page in the settings of your browser.',
    unsupported: 'This browser cannot show notifications of Parley.',
    ask: 'A message came while Parley was out of sight. Notifications tell you who has written, never what.',
    turnOn: 'Turn on',
    newMessage: 'New message',
  },

  newVersion: {
    ready: 'A new version is ready.',
    reload: 'Reload',
  },

  /** What the relay must not do and was seen doing. */
  misbehaviour: {
    title: 'What the relay did wrong',
    nothing: 'Nothing wrong has been seen.',
    meaning:
      'Parley watches the relay and took none of this. Nobody can read your messages there. If it goes on, tell whoever runs the relay, or use another one.',
    kinds: {
      'one-time-key-reused': 'It handed out a key a second time that is good for one time only.',
      'key-came-back': 'Keys of yours that it had handed out are there again.',
      'key-changed': 'It shows a key as yours that is not.',
      'older-statement': 'It had taken your newest keys and shows older ones.',
      'older-than-seen': 'It handed out keys of a contact that are older than those seen before.',
      'wrong-keys': 'It handed out keys as a contact’s that are not theirs.',
      'forked-list': 'Two different device lists with the same number are in use.',
      'relay-key-changed': 'The key by which it is known has changed.',
      'not-authentic': 'It gave answers that are not signed as its own.',
    } satisfies Record<Misbehaviour, string>,
    about: (name: string) => `About ${name}`,
    times: (count: number) => plural(count, { one: '# time', other: '# times' }),
    showAll: (count: number) => plural(count, { one: 'Show # entry', other: 'Show all # entries' }),
    clear: 'Clear',
  },

  /** The settings of the connection: here, and only here, technical words are spoken. */
  connection: {
    title: 'Connection',
    relay: {
      idle: 'The relay is not needed now',
      connecting: 'Reaching the relay',
      connected: 'The relay answers',
      unreachable: 'The relay does not answer',
    },
    relayOnly: 'Relay only',
    relayOnlyHint: 'Contacts never learn your network address. Messages take a little longer.',
    directImpossible: 'This browser blocks direct connections (often a VPN or privacy setting). Messages go through the relay.',
    servers: 'Own STUN and TURN servers',
    serversHint: 'Used beside those of the relay when a direct connection is sought.',
    noServers: 'None added.',
    address: 'Server address',
    addressHint: 'For example turns:turn.example.org:443',
    user: 'User name',
    password: 'Password',
    addServer: 'Add server',
    removeServer: (address: string) => `Remove ${address}`,
    badAddress: 'An address begins with stun:, turn: or turns: and names a host.',
    needsLogin: 'A TURN server needs a user name and a password.',
    tooManyServers: 'Eight servers are the most.',
    report: 'Connection report',
    reportHint: 'Timings and kinds of connection, without addresses or names. Copy it when you ask for help.',
    copyReport: 'Copy report',
    reportCopied: 'Report copied',
  },

  otherTab: {
    title: 'Parley is open in another tab',
    text: 'That tab holds your conversations and does not answer; your browser may have put it to sleep. You can go on here.',
    useHere: 'Use here',
    silent: 'The tab of Parley that holds your conversations sleeps. They go on in this one as soon as you click or type.',
  },

  troubles: {
    'storage-full':
      'This device is out of storage. Nothing is lost, but nothing new can be kept. Delete files or data of other pages, then reload.',
    'storage-failed':
      'Your browser did not let Parley use its storage. Nothing was changed. Reload the page; private windows may not work.',
    'storage-held-up':
      'Another tab holds up a change to what Parley has stored. Close all other tabs and windows of Parley; this one then goes on by itself.',
    'settings-evicted':
      'Your browser deleted a part of what Parley keeps on this device: choices such as language and appearance. Your contacts and messages are unharmed. Browsers do that when space runs short or site data is cleared; let Parley ask yours to keep its data (Settings, Storage).',
    'storage-evicted':
      'Your browser deleted Parley’s data on this device. Browsers do that when space runs short or after a long absence. It cannot be brought back: pair again, then let Parley ask your browser to keep its data (Settings, Storage).',
    'record-damaged': 'Something stored on this device is damaged and was left out. The rest is unharmed.',
    unexpected: 'Something went wrong in Parley. Nothing was lost; reload the page if it goes on.',
    'taken-over': 'This tab slept, and another tab of Parley has taken over. What you do here goes through that one.',
    outdated: 'A newer Parley is open in another tab. Reload this tab.',
  },
  dismiss: 'Close this notice',

  /** Parley does not start at all. */
  cannotStart: {
    title: 'Parley cannot start here',
    insecure: 'This address is not secure, so your browser locks away what Parley needs. Open it with https:// or on localhost.',
    unsupported: (missing: string) => `This browser is too old for Parley: ${missing} is missing. Update it or use another one.`,
    features: {
      storage: 'storage for pages (IndexedDB)',
      locks: 'locks between tabs (Web Locks)',
      workers: 'background work (Web Workers)',
      cryptography: 'cryptography (WebCrypto)',
    },
    noCode: 'The page could not be loaded completely. Check your connection and reload.',
  },
  /** What is stored cannot be opened. */
  shut: {
    title: 'Parley cannot open what is stored here',
    damaged:
      'The record of who you are on this device is damaged and cannot be read any more. Nothing was changed. Reload the page if you can restore it; otherwise wipe this device, begin afresh and pair again.',
  },
  leaving: {
    title: 'Leaving',
    text: 'The relay is deleting what it keeps of this device. This takes a few seconds at most.',
  },
  wiped: {
    title: 'Everything is gone from this device',
    clearing: 'Your browser is deleting the files in which it stood. This takes a few seconds at most.',
    text: 'You can close this page, or begin afresh.',
    filesLeft:
      'You can close this page, or begin afresh. The relay could not be reached, so traces may stay in the files of your browser until it tidies them up. To be sure, delete the data of this site in your browser’s settings.',
    again: 'Begin afresh',
  },
}

export type Sentences = typeof en
