// Owns bringing a file of evidence in: dropped, chosen, or taken by a phone's camera, with what it is and how long it holds.
import { useState } from 'preact/hooks';
import type { EvidenceList } from '../../api/answers/records.ts';
import { number, text } from '../format.ts';
import { sendFile } from '../send.ts';
import { ask } from '../state.ts';
import { worded } from '../words.ts';
import { openPart } from './drawer.tsx';
import { fieldName, valueName } from './entry-words.ts';
import type { JsonSchema } from './form-fields.ts';

const words = worded(
  {
    drop: '把文件拖到这里，或点此选择',
    kinds: 'PDF、PNG、JPEG、WebP、HEIC、OFD、XLSX、DOCX、CSV、XML、TXT、ZIP，25 MB 以内',
    camera: '拍照',
    title: '名称',
    requirement: '所证明的要求',
    none: '不指定（由条目引用）',
    upload: '上传并登记',
    working: '上传中…',
    tooLarge: '文件超过 25 MB',
    noFile: '请选择文件',
    noTitle: '请填写名称',
  },
  {
    drop: 'Drop a file here, or choose one',
    kinds: 'PDF, PNG, JPEG, WebP, HEIC, OFD, XLSX, DOCX, CSV, XML, TXT, ZIP, up to 25 MB',
    camera: 'Take a photo',
    title: 'Title',
    requirement: 'What it proves',
    none: 'nothing yet (entries name it)',
    upload: 'Upload and enter',
    working: 'uploading…',
    tooLarge: 'The file is larger than 25 MB',
    noFile: 'Choose a file',
    noTitle: 'Give it a title',
  },
);

const largest = 25_000_000;

export function EvidenceUpload({ list, pack, clause }: { list: EvidenceList; pack: string; clause: string }) {
  const { value: say } = words;
  const forms = ask<Record<string, JsonSchema>>('api/ledger/forms').value.data;
  const types = forms?.document?.properties?.type?.enum ?? ['report'];
  const [file, setFile] = useState<File | null>(null);
  const [title, setTitle] = useState('');
  const [type, setType] = useState('report');
  const [validFrom, setFrom] = useState('');
  const [validTo, setTo] = useState('');
  const [proves, setProves] = useState(pack === '' ? '' : `${pack}:${clause}`);
  const [failed, setFailed] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const take = (chosen: File | undefined) => {
    if (chosen === undefined) return;
    setFailed(chosen.size > largest ? say.tooLarge : null);
    setFile(chosen);
    if (title === '') setTitle(chosen.name.replace(/\.[^.]+$/, ''));
  };
  const upload = async () => {
    if (file === null) return setFailed(say.noFile);
    if (title.trim() === '') return setFailed(say.noTitle);
    if (file.size > largest) return setFailed(say.tooLarge);
    const [at = '', of = ''] = [proves.slice(0, proves.indexOf(':')), proves.slice(proves.indexOf(':') + 1)];
    const query = new URLSearchParams({
      ...{ name: file.name, title, type },
      ...(validFrom === '' ? {} : { validFrom }),
      ...(validTo === '' ? {} : { validTo }),
      ...(proves === '' ? {} : { pack: at, clause: of }),
    });
    setWorking(true);
    try {
      await sendFile(`api/evidence?${query}`, file);
      openPart(null);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
      setWorking(false);
    }
  };
  return (
    <form
      class="editor"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void upload();
      }}
    >
      <label
        class="drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          take(event.dataTransfer?.files[0]);
        }}
      >
        <b>{file === null ? say.drop : file.name}</b>
        <small>{file === null ? say.kinds : `${number(file.size / 1_000, 1)} kB`}</small>
        <input type="file" name="file" onChange={(event) => take(event.currentTarget.files?.[0])} />
      </label>
      <label class="button camera">
        {say.camera}
        <input
          type="file"
          accept="image/*"
          capture="environment"
          onChange={(event) => take(event.currentTarget.files?.[0])}
        />
      </label>
      <div class="form">
        <div class="field wide">
          <label for="upload-title">
            {say.title} <span class="required">*</span>
          </label>
          <input
            id="upload-title"
            type="text"
            maxLength={200}
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="upload-type">{fieldName('type')}</label>
          <select id="upload-type" value={type} onChange={(event) => setType(event.currentTarget.value)}>
            {types.map((one) => (
              <option key={one} value={one}>
                {valueName(one)}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="upload-from">{fieldName('validFrom')}</label>
          <input
            id="upload-from"
            type="date"
            value={validFrom}
            onInput={(event) => setFrom(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="upload-to">{fieldName('validTo')}</label>
          <input id="upload-to" type="date" value={validTo} onInput={(event) => setTo(event.currentTarget.value)} />
        </div>
        <div class="field wide">
          <label for="upload-proves">{say.requirement}</label>
          <select id="upload-proves" value={proves} onChange={(event) => setProves(event.currentTarget.value)}>
            <option value="">{say.none}</option>
            {list.requirements.map((one) => (
              <option key={`${one.pack}${one.sort}${one.clause}${one.name.en}`} value={`${one.pack}:${one.clause}`}>
                {one.pack} {one.clause} {text(one.name)}
              </option>
            ))}
          </select>
        </div>
      </div>
      {failed !== null && (
        <p class="failure" role="alert">
          {failed}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={working}>
          {working ? say.working : say.upload}
        </button>
      </p>
    </form>
  );
}
