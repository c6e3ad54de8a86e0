using Microsoft.Extensions.Configuration;

namespace LstmOrleans.Contracts.Settings;

/// <summary>The Redis-protocol server that section <c>Orleans:Clustering</c> names: the same settings on servers and clients.</summary>
/// <remarks>Orleans refuses the same, in words that name no setting.</remarks>
public static class RedisClustering
{
    private const string Section = "Orleans:Clustering";

    /// <summary>Whether the cluster is kept by such a server.</summary>
    public static bool IsConfigured(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration[$"{Section}:ProviderType"] == "Redis";
    }

    /// <summary>Refuses a clustering by Redis that names no server, or one whose connection string cannot be read.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="hasConnection">Whether the host brings a connection of its own under a <c>ServiceKey</c>.</param>
    /// <param name="parse">Reads a connection string; throws <see cref="ArgumentException"/> where it cannot.</param>
    /// <exception cref="OrleansConfigurationException">The message says which setting to set.</exception>
    public static void Check(IConfiguration configuration, Func<string, bool> hasConnection, Action<string> parse)
    {
        ArgumentNullException.ThrowIfNull(hasConnection);
        ArgumentNullException.ThrowIfNull(parse);
        if (!IsConfigured(configuration))
            return;

        // Orleans' own order: the key of a connection, a string, the name of a string; an empty one is none.
        string? key = Value($"{Section}:ServiceKey"), name = key ?? Value($"{Section}:ConnectionName");
        if (key != null && hasConnection(key))
            return;
        string? text = key == null ? Value($"{Section}:ConnectionString") : null;
        text ??= name == null ? null : Value($"ConnectionStrings:{name}");
        if (text == null)
        {
            throw new OrleansConfigurationException(name == null
                ? $"{Section} is by Redis and names no server. Set {Section}:ConnectionString, for example to 127.0.0.1:6379, or ConnectionName or ServiceKey with ConnectionStrings:NAME (in the environment '__' stands for ':')."
                : $"{Section} names the server '{name}', but ConnectionStrings:{name} is not set. Set it, for example to 127.0.0.1:6379 (environment: ConnectionStrings__{name}).");
        }

        try
        {
            parse(text);
        }
        catch (ArgumentException exception)
        {
            throw new OrleansConfigurationException($"{Section}: the connection string cannot be read: {exception.Message} Write 'HOST:PORT', for example '127.0.0.1:6379', with ',password=…' behind it where one is set.", exception);
        }

        string? Value(string path) => configuration[path] is { Length: > 0 } value ? value : null;
    }
}
