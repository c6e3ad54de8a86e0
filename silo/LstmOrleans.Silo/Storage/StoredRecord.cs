namespace LstmOrleans.Silo.Storage;

/// <summary>A record as it was read: its version and its bytes.</summary>
internal sealed record StoredRecord(Etag Etag, byte[] Data);
