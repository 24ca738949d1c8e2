import { deflateSync } from 'node:zlib';
import { CT_IMAGE_STORAGE, dicomFile, type SampleFile } from '@vitrine/samples';

/** Files of each kind that name an address in every place where some reader would fetch or run what is there. */
export function filesThatAsk(address: string): SampleFile[] {
  const text = (name: string, content: string): SampleFile => ({ name, bytes: Buffer.from(content) });
  return [
    text(
      'entity.xml',
      `<!DOCTYPE ClinicalDocument [<!ENTITY % dtd SYSTEM "${address}dtd"> %dtd; <!ENTITY x SYSTEM "${address}x">]>
<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&x;</title></ClinicalDocument>`,
    ),
    text(
      'letter.xml',
      `<?xml-stylesheet type="text/xsl" href="${address}sheet.xsl"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:xi="http://www.w3.org/2001/XInclude" xsi:schemaLocation="urn:hl7-org:v3 ${address}cda.xsd">
<title>Letter</title><xi:include href="${address}include"/>
<component><observationMedia><value><reference value="${address}picture"/></value></observationMedia></component>
</ClinicalDocument>`,
    ),
    text(
      'bundle.json',
      JSON.stringify({
        resourceType: 'Patient',
        meta: { profile: [`${address}profile`] },
        photo: [{ contentType: 'image/jpeg', url: `${address}photo` }],
        generalPractitioner: [{ reference: `${address}Practitioner/1` }],
        link: [{ other: { reference: `${address}Patient/1` }, type: 'seealso' }],
      }),
    ),
    text(
      'result.hl7',
      `MSH|^~\\&|LAB|City Hospital|||20240307||ORU^R01|1|P|2.5\rOBX|1|RP|1||${address}report^LAB^TEXT^PDF\r`,
    ),
    text(
      'report.pdf',
      `%PDF-1.4
1 0 obj << /Type /Catalog /OpenAction << /S /URI /URI (${address}open) >> /AA << /WC << /S /Launch /F (sh) >> >> >> endobj
2 0 obj << /S /SubmitForm /F << /FS /URL /F (${address}form) >> >> endobj
3 0 obj << /S /GoToR /F << /FS /URL /F (${address}remote.pdf) >> >> endobj
trailer << /Root 1 0 R >>
%%EOF
`,
    ),
    text(
      'picture.svg',
      `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 onload="fetch('${address}onload')"><script>fetch('${address}script')</script><image xlink:href="${address}image"/></svg>`,
    ),
    text('page.html', `<script src="${address}page.js"></script><img src="${address}pixel">`),
    text(
      'calls.vcf',
      `##fileformat=VCFv4.2\n##reference=${address}ref.fa\n#CHROM\tPOS\tID\tREF\tALT\n1\t1\t.\tA\tC\n`,
    ),
    { name: 'picture.png', bytes: pngWithText(address) },
    {
      name: 'elsewhere.dcm',
      bytes: dicomFile('2.25.4711', [
        [0x0008, 0x0016, 'UI', CT_IMAGE_STORAGE],
        [0x0008, 0x0018, 'UI', '2.25.4711'],
        [0x0008, 0x0060, 'CS', 'CT'],
        [0x0008, 0x1190, 'UR', `${address}studies/1`],
        [0x0020, 0x000d, 'UI', '2.25.4712'],
        [0x0020, 0x000e, 'UI', '2.25.4713'],
        [0x0028, 0x7fe0, 'UR', `${address}pixels`],
        [0x0040, 0xe010, 'UR', `${address}retrieve`],
      ]),
    },
  ];
}

/** One pixel, and metadata (XMP) that name the address. */
function pngWithText(address: string): Buffer {
  const chunk = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body, Buffer.alloc(4)]);
  };
  const header = Buffer.from('0000000100000001080000000000', 'hex').subarray(0, 13);
  const xmp = `XML:com.adobe.xmp\0\0\0\0\0<!DOCTYPE x SYSTEM "${address}xmp"><x:xmpmeta xmlns:x="adobe:ns:meta/"/>`;
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('iTXt', Buffer.from(xmp)),
    chunk('IDAT', deflateSync(Buffer.from([0, 0]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
