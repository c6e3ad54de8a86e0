using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>A key as it is compared: never in its own letters, and in a time that tells nothing about it.</summary>
internal sealed class DashboardKey
{
    /// <summary>Fewest characters: what is shorter can be guessed.</summary>
    public const int FewestCharacters = 16;

    private static readonly byte[] CookiePurpose = "lstm-orleans dashboard cookie 1"u8.ToArray();

    private readonly byte[] _digest;
    private readonly byte[] _cookie;

    public DashboardKey(string key)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(key);
        _digest = SHA256.HashData(bytes);
        _cookie = HMACSHA256.HashData(bytes, CookiePurpose);
        Cookie = Base64Url.EncodeToString(_cookie);
    }

    /// <summary>What a browser keeps: derived from the key, so that all processes with the same key take it, and the key cannot be read from it.</summary>
    public string Cookie { get; }

    public bool Is(string key) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(key)), _digest);

    public bool IsCookie(string cookie) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(cookie)), SHA256.HashData(Encoding.UTF8.GetBytes(Cookie)));
}
