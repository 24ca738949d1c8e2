import type { Part } from '../document-facts.js';

/** The resources of FHIR R4 (§2.36). */
export const RESOURCE_TYPES: ReadonlySet<string> = new Set(
  `Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary
  BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem
  ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
  CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest
  CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement
  DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest
  EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
  FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization
  ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage List
  Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense MedicationKnowledge
  MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization
  MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
  MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
  MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder
  Observation ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation
  Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole Procedure
  Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition
  ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter
  ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription Substance
  SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial
  SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet
  VerificationResult VisionPrescription`.split(/\s+/),
);

/** What people call the resources that a record is made of. */
export const TYPE_WORDS: Readonly<Record<string, string>> = {
  AllergyIntolerance: 'Allergy',
  Appointment: 'Appointment',
  CarePlan: 'Care plan',
  Claim: 'Bill',
  Composition: 'Document',
  Condition: 'Diagnosis',
  Consent: 'Consent',
  Coverage: 'Insurance',
  Device: 'Device',
  DiagnosticReport: 'Report',
  DocumentReference: 'Document',
  Encounter: 'Visit',
  ExplanationOfBenefit: 'Statement of the insurance',
  Goal: 'Goal',
  ImagingStudy: 'Imaging',
  Immunization: 'Vaccination',
  MedicationAdministration: 'Medicine given',
  MedicationDispense: 'Medicine handed out',
  MedicationRequest: 'Prescription',
  MedicationStatement: 'Medicine',
  Observation: 'Measurement',
  Patient: 'Personal data',
  Procedure: 'Procedure',
  QuestionnaireResponse: 'Questionnaire',
  ServiceRequest: 'Order',
};

/** Resources that only tell who, where and how, and say nothing of what part of a record this is. */
const CARRIERS =
  /^(Bundle|Patient|Practitioner|PractitionerRole|Organization|Location|Provenance|MessageHeader)$/;

const PARTS: readonly (readonly [RegExp, Part])[] = [
  [/^Medication/, 'medication'],
  [
    /^(Coverage|Claim|ExplanationOfBenefit|InsurancePlan|Invoice|Account|Payment|ChargeItem|Enrollment)/,
    'insurance',
  ],
  [/^(ImagingStudy|Media)$/, 'imaging'],
  [/^MolecularSequence$/, 'genome'],
  [/^(Patient|Person|RelatedPerson|Consent)$/, 'personal'],
];

const partOfType = (type: string): Part => PARTS.find(([pattern]) => pattern.test(type))?.[1] ?? 'medical';

/** The one part of the record that all of it belongs to; medical when it is of several. */
export function partOf(types: readonly string[]): Part {
  const telling = types.filter((type) => !CARRIERS.test(type));
  const parts = new Set(
    (telling.length > 0 ? telling : types.filter((type) => type !== 'Bundle')).map(partOfType),
  );
  const [only] = parts;
  return parts.size === 1 && only !== undefined ? only : 'medical';
}
