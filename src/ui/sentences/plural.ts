// Plurals by the rules of each language (Unicode CLDR through Intl.PluralRules).

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }

/** `plural(3, { one: '# message', other: '# messages' })` is `3 messages`; `#` stands for the number. */
export const pluralIn = (language: string) => {
  const rules = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  return (count: number, forms: Forms): string => (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count))
}

/** A number as the language writes it: `5,000`. */
export const numberIn = (language: string) => {
  const numbers = new Intl.NumberFormat(language)
  return (count: number): string => numbers.format(count)
}
