package main

import "github.com/modreg/modreg"

// builtin lists the plugins of this program. To add one, write its stage and enter it here.
func builtin(secret passphraseConfig) []plugin {
	return append(processing(), append(sealing(secret), append(compressing(), monitoring()...)...)...)
}

// names are what a pipeline may call a stage by: the plugin's own name, then that of the job it does.
func names(all ...string) modreg.ProvideOption { return modreg.Attr("name", all) }

func algo(name string) modreg.ProvideOption { return modreg.Attr("algo", name) }

// direction says whether a stage makes a form ("encode") or takes it away ("decode").
func direction(d string) modreg.ProvideOption { return modreg.Attr("direction", d) }

func processing() []plugin {
	about := func(name, text string) modreg.Manifest {
		return modreg.Manifest{Name: name, Kind: kindData, Description: text}
	}
	return []plugin{
		with(about("lines-sort", "Sorts lines by their bytes."), StageCapability,
			sortConfig{MaxBytes: 64 << 20}, newSort, names("lines-sort")),
		with(about("json-pretty", "Indents a stream of JSON values."), StageCapability,
			prettyConfig{Indent: 2, MaxBytes: 16 << 20}, newPretty, names("json-pretty")),
		with(about("csv-sum", "Adds up the numeric columns of a CSV file, exactly."), StageCapability,
			sumConfig{Comma: ",", MaxBytes: 1 << 20}, newSum, names("csv-sum")),
	}
}

func sealing(secret passphraseConfig) []plugin {
	about := func(name, text string) modreg.Manifest {
		return modreg.Manifest{Name: name, Kind: kindEncryption, Description: text}
	}
	passphrase := modreg.Require(PassphraseCapability, modreg.Range("^1"))
	aes := algo("aes-256-gcm")
	return []plugin{
		with(about("passphrase", "Reads the passphrase from a file or the environment."), PassphraseCapability,
			secret, newPassphrase),
		with(about("encrypt", "Encrypts with a key derived from the passphrase."), StageCapability,
			encryptConfig{Iterations: 600_000, ChunkBytes: 64 << 10}, newEncrypt,
			names("encrypt"), aes, direction("encode")).requiring(passphrase),
		with(about("decrypt", "Decrypts what encrypt made, and refuses what was changed since."), StageCapability,
			decryptConfig{MaxIterations: 5_000_000}, newDecrypt,
			names("decrypt"), aes, direction("decode")).requiring(passphrase),
	}
}

func compressing() []plugin {
	about := func(name, text string) modreg.Manifest {
		return modreg.Manifest{Name: name, Kind: kindCompression, Description: text}
	}
	const atMost = 1 << 30
	return []plugin{
		with(about("zstd", "Compresses by Zstandard."), StageCapability,
			zstdConfig{Level: 3}, newZstd,
			names("zstd", "compress"), algo("zstd"), direction("encode"), modreg.Version("1.1.0")),
		with(about("unzstd", "Decompresses Zstandard, up to a limit."), StageCapability,
			unzstdConfig{MaxBytes: atMost, WindowBytes: 32 << 20}, newUnzstd,
			names("unzstd", "decompress"), algo("zstd"), direction("decode"), modreg.Version("1.1.0")),
		with(about("gzip", "Compresses by gzip."), StageCapability,
			gzipConfig{Level: 6}, newGzip,
			names("gzip", "compress"), algo("gzip"), direction("encode")),
		with(about("gunzip", "Decompresses gzip, up to a limit."), StageCapability,
			gunzipConfig{MaxBytes: atMost}, newGunzip,
			names("gunzip", "decompress"), algo("gzip"), direction("decode")),
	}
}

func monitoring() []plugin {
	about := func(name, text string) modreg.Manifest {
		return modreg.Manifest{Name: name, Kind: kindMonitoring, Description: text}
	}
	return []plugin{
		with(about("monitor-table", "Reports what stages did as a table."), MonitorCapability,
			monitorConfig{}, newTableMonitor, modreg.Attr("format", "table")),
		with(about("monitor-json", "Reports what stages did as JSON."), MonitorCapability,
			monitorConfig{}, newJSONMonitor, modreg.Attr("format", "json")),
	}
}
