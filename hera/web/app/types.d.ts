/** What the server's calls answer, and what the phone keeps. */
interface Profile { id: number; name: string; gender: string; date_of_birth: string; agree_to_terms_at: string | null; language_code: string; timezone: string }
interface Child { id: number | string; name: string; date_of_birth: string; gender: string; past_vaccinations: number[]; isWaiting?: boolean }
interface Pregnancy { id: number | string; estimated_start_date: string | null; estimated_delivery_date: string | null; declared_pregnancy_week: number | null; declared_date_of_last_menstrual_period: string | null; declared_number_of_prenatal_visits?: number | null; declared_on?: string; isWaiting?: boolean }
interface CalendarEvent { date: string; event_type: string; event_key: string; person_name?: string; vaccine_names?: string[]; child_id?: number; dose_ids?: number[]; dose_names?: string[]; status?: string; earliest?: string | null; overdue_after?: string | null; latest?: string | null; why?: string; weeks_pregnant?: number; td_doses?: number[]; pregnancy_id?: number; child_ids?: number[] }
interface Dose { id: number | string; vaccine_dose: number | null; vaccine: number | null; product: string; text: string; date: string | null; source: string; stands?: boolean; campaign?: boolean; isWaiting?: boolean }
interface Notice { id: number; push_title: string; push_body: string; in_app_content: string; date: string | null; read_at: string | null; created_at: string }
interface Survey { id: number; question: string; options: { code: string; translated_text: string }[]; context: Record<string, string> }
interface Center { name: string; address: string; geolocation: string }
interface Me { phone_full_number: string }
interface VaccineDose { id: number; vaccine: number; vaccine_name: string; number: number | null }
/** A dose of the card to show: what it is, when it is planned, what is told of it; `asks`: of a day that cannot be. */
interface CardRow { dose: number | null; visit?: Visit; of?: Dose; given: Dose[]; asks: Dose[]; isAssumed: boolean; isGiven: boolean }
interface Vaccine { id: number; name: string }

/** What was last known, by the name of what it is. */
interface Known {
  me?: Me; profile?: Profile | null; children?: Child[]; pregnancies?: Pregnancy[]; calendar?: CalendarEvent[]; afterBirth?: CalendarEvent[]; doses?: Record<string, Dose[]>
  notices?: Notice[]; surveys?: Survey[]; channels?: Record<string, boolean>; center?: Center | null; vaccines?: Vaccine[]; vaccineDoses?: VaccineDose[]; webPush?: string | null
  asOf?: string; tags?: Record<string, string>
}

/** A call that waits to be sent, or that the server refused. `undoes`: the key of the entry that made what this takes back. */
interface Entry { id?: number; key: string; kind: string; method: string; path: string; body: any; about: any; at: string; refused?: string }

/** A calendar event with how it stands. `isAssumed`: it is taken as given, and some dose of it nobody told of. */
interface Visit extends CalendarEvent { isGiven: boolean; isAssumed: boolean; isLate: boolean; isWaiting: boolean }

/** What waits for a code by SMS, and until when: the number of a sign-in, or the change of hers. */
interface Asked { number?: string; change?: number; until?: number }

interface State {
  language: string; token: string | null; userId: number | null; known: Known; entries: Entry[]; isOnline: boolean; isBusy: boolean; isLoading: boolean; isLeaving: boolean; cameBy: string; asked: Asked; says: string
  /** This browser has no database: in a private window, or on a full phone. */
  keepsNothing: boolean
  installing: any; canSubscribe: boolean
}
