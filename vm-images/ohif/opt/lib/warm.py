"""Run once, when the image is built: opens a made study in the browser a few times and keeps the browser's profile.

With it the browser starts with the page's scripts compiled. It compiles for keeps what it meets for the second time, and
uses that from the third.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
from array import array

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

DISPLAY = ':87'  # With the host's network a lower one could be somebody's.
KEPT = pathlib.Path('/opt/vitrine/profile')
PROFILE = pathlib.Path('/tmp/chromium')
RECORD = pathlib.Path('/tmp/record')
STATE = pathlib.Path('/tmp/vitrine')
USEFUL = ('Local State', 'First Run', 'GrShaderCache', 'ShaderCache', 'GraphiteDawnCache', 'Default/Cache',
          'Default/Code Cache', 'Default/GPUCache', 'Default/Preferences', 'Default/Local Storage')  # fmt: skip
ROUNDS = 3
SHOWN_SECONDS = 180
SETTLED_SECONDS = 10


def make_image(path, study, series, number):
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = CTImageStorage
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = study, series
    image.PatientID, image.PatientName, image.Modality = 'none', 'None^None', 'CT'
    image.StudyDate, image.SeriesNumber, image.InstanceNumber = '20000101', 1, number
    image.ImageOrientationPatient, image.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, number]
    image.PixelSpacing, image.SliceThickness, image.FrameOfReferenceUID = [1, 1], 1, study
    image.Rows = image.Columns = 256
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, 'MONOCHROME2'
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
    image.WindowCenter, image.WindowWidth, image.RescaleIntercept, image.RescaleSlope = 255, 510, 0, 1
    image.PixelData = array('h', (x + y for y in range(256) for x in range(256))).tobytes()
    image.is_little_endian, image.is_implicit_VR = True, False
    image.save_as(path, write_like_original=False)


def make_record():
    RECORD.mkdir()
    study, series = generate_uid(), generate_uid()
    files = [str(RECORD / f'{number}.dcm') for number in range(1, 9)]
    for number, path in enumerate(files, 1):
        make_image(path, study, series, number)
    (RECORD / 'open.json').write_text(json.dumps({'items': [{'files': [{'path': path} for path in files]}]}))


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f'{what} did not come within {seconds} s')
        time.sleep(0.05)


def address_is_free():
    """Images that are built at the same time share the host's loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            host, port = os.environ['VITRINE_PAGE'].split(':')
            probe.bind((host, int(port)))
        except OSError:
            return False
    return True


def visit():
    showing = STATE / 'showing'
    showing.unlink(missing_ok=True)
    wait_for(address_is_free, 300, 'the address')
    started = time.monotonic()
    viewer = subprocess.Popen(['/opt/vitrine/bin/ohif'])
    wait_for(showing.exists, SHOWN_SECONDS, 'the picture')
    print(f'warm: shown after {time.monotonic() - started:.1f} s', flush=True)
    time.sleep(SETTLED_SECONDS)
    # The browser goes first and in peace, so that it writes down what it has.
    os.kill(int((STATE / 'browser.pid').read_text()), signal.SIGTERM)
    viewer.wait(30)


def keep():
    for name in USEFUL:
        source, target = PROFILE / name, KEPT / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy2(source, target)
    shutil.copystat(PROFILE / 'Default', KEPT / 'Default')


def main():
    os.environ.update(DISPLAY=DISPLAY, HOME='/tmp/home')
    for folder in (STATE, pathlib.Path('/tmp/home'), pathlib.Path('/tmp/.X11-unix')):
        folder.mkdir(exist_ok=True)
    make_record()
    # fmt: off
    display = subprocess.Popen(['Xvnc', DISPLAY, '-geometry', '1280x800', '-depth', '24', '-rfbunixpath', '/tmp/vnc.sock', '-rfbport', '-1',
                                '-SecurityTypes', 'None', '-nolisten', 'tcp', '-nolisten', 'local', '-extension', 'GLX', '-Log', '*:stderr:0'])
    # fmt: on
    wait_for(pathlib.Path(f'/tmp/.X11-unix/X{DISPLAY[1:]}').exists, 10, 'the display')
    for _ in range(ROUNDS):
        visit()
    display.terminate()
    display.wait(10)
    keep()


main()
