"""Scans a server with sslyze: `python with_sslyze.py PORT`. Each finding is a line, and exit code 1."""

import sys

from sslyze import (
    Scanner,
    ScanCommandAttemptStatusEnum,
    ServerNetworkLocation,
    ServerScanRequest,
    ServerScanStatusEnum,
)

#: What each scan must have found, by name: attributes of its result.
SAFE = {
    "heartbleed": {"is_vulnerable_to_heartbleed": False},
    "openssl_ccs_injection": {"is_vulnerable_to_ccs_injection": False},
    "tls_compression": {"supports_compression": False},
    "session_renegotiation": {
        "supports_secure_renegotiation": True,
        "is_vulnerable_to_client_renegotiation_dos": False,
    },
    "tls_fallback_scsv": {"supports_fallback_scsv": True},
    "tls_1_3_early_data": {"supports_early_data": False},
    "tls_extended_master_secret": {"supports_ems_extension": True},
}

OLD = ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1")


def scan(port):
    location = ServerNetworkLocation(hostname="localhost", port=port, ip_address="127.0.0.1")
    scanner = Scanner()
    scanner.queue_scans([ServerScanRequest(server_location=location)])
    [result] = scanner.get_results()
    assert result.scan_status == ServerScanStatusEnum.COMPLETED, result.connectivity_error_trace
    return result.scan_result


def findings(found):
    for name, attempt in vars(found).items():
        if attempt.status == ScanCommandAttemptStatusEnum.ERROR:
            yield f"{name}: {attempt.error_reason} {attempt.error_trace}"
    for name, expected in SAFE.items():
        result = getattr(found, name).result
        for attribute, value in expected.items():
            if getattr(result, attribute) is not value:
                yield f"{name}: {attribute} is not {value}"
    for version in OLD:
        if getattr(found, f"{version}_cipher_suites").result.accepted_cipher_suites:
            yield f"{version} is accepted"
    for version in ("tls_1_2", "tls_1_3"):
        accepted = getattr(found, f"{version}_cipher_suites").result.accepted_cipher_suites
        if not accepted:
            yield f"{version} is not accepted"
        for suite in (one.cipher_suite.name for one in accepted):
            is_forward_secret = version == "tls_1_3" or "_ECDHE_" in suite
            if not is_forward_secret or not ("_GCM_" in suite or "CHACHA20" in suite):
                yield f"{version} has {suite}"
    if "NOT_VULNERABLE" not in found.robot.result.robot_result.name:
        yield f"robot: {found.robot.result.robot_result.name}"
    curves = {curve.name for curve in found.elliptic_curves.result.supported_curves}
    if not curves <= {"X25519", "secp256r1", "secp384r1"}:
        yield f"curves: {curves}"
    hsts = found.http_headers.result.strict_transport_security_header
    if hsts is None or hsts.max_age < 31_536_000:
        yield f"http_headers: {hsts}"


if __name__ == "__main__":
    lines = list(findings(scan(int(sys.argv[1]))))
    print(*lines, sep="\n", file=sys.stderr)
    sys.exit(bool(lines))
